//! A page of a list: `{"data":[…],"next_cursor":…}`, alike for every list.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

/// See the module.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The things, in the order of the list.
    pub data: Vec<T>,
    /// What to send as `cursor` for the next page; null after the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// From what was found, which is one more than `limit` where there is another page; `cursor` names the last that is
    /// shown.
    pub fn of(mut found: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> String) -> Self {
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(cursor);
        Self { data: found, next_cursor }
    }

    /// The same of other things.
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(with).collect(), next_cursor: self.next_cursor }
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("What to send as `cursor` for the next page; null after the last."));
        ObjectBuilder::new()
            .property("data", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .required("data")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_wanted_tells_of_another_page() {
        let page = |found: usize| Page::of((0..found).collect::<Vec<_>>(), 2, ToString::to_string);
        assert_eq!((page(1).data, page(1).next_cursor), (vec![0], None));
        assert_eq!((page(2).data, page(2).next_cursor), (vec![0, 1], None));
        assert_eq!((page(3).data, page(3).next_cursor), (vec![0, 1], Some("1".to_owned())));
    }
}
