//! HTTP of the feature, nothing else.

mod admin;
mod mine;
mod open;
mod well_known;

use guardhouse_core::ids::PasskeyId;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::kernel::{
    errors::{Error, Result},
    http::route::Route,
};

pub(super) fn routes() -> Vec<Route> {
    [open::routes(), mine::routes(), admin::routes(), well_known::routes()].into_iter().flatten().collect()
}

/// An id of another kind is as unknown as none.
fn id(text: &str) -> Result<PasskeyId> {
    text.parse().map_err(|_| Error::not_found())
}

/// What a page hands to the browser: the member `publicKey` is what `parseCreationOptionsFromJSON` and
/// `parseRequestOptionsFromJSON` take.
struct Options(Value);

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl PartialSchema for Options {
    fn schema() -> RefOr<Schema> {
        let options = ObjectBuilder::new().schema_type(Type::Object).description(Some(
            "For PublicKeyCredential.parseCreationOptionsFromJSON() or parseRequestOptionsFromJSON() (WebAuthn L3).",
        ));
        let object = ObjectBuilder::new().property("publicKey", options).required("publicKey");
        object.examples([json!({"publicKey": {"challenge": "…", "timeout": 300_000, "rpId": "example.com"}})]).into()
    }
}

impl ToSchema for Options {
    fn name() -> std::borrow::Cow<'static, str> {
        "PasskeyOptions".into()
    }
}
