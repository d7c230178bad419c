//! A section of settings: a struct whose fields carry their documentation and defaults.

use std::{any::Any, fmt, sync::Arc};

use serde_json::Value;

use super::{Problem, Profile, Settings, values::Values};

/// One key of the configuration, as the reference shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDoc {
    /// The whole key, `tokens.access_ttl`.
    pub key: String,
    /// What may be written: `duration`, `number`, "one of `off`, `on`".
    pub kind: String,
    /// The default as TOML, by profile where profiles differ; the first is that of development.
    pub defaults: Vec<(Profile, String)>,
    /// What it does.
    pub about: String,
}

impl SettingDoc {
    /// The environment variable that sets it.
    pub fn environment(&self) -> String {
        super::source::environment_name(&self.key)
    }
}

/// A group of settings under one name. Made by [`settings!`](crate::settings), never by hand.
pub trait Section: Any + Send + Sync + Clone + fmt::Debug + Default {
    /// The table's name in the file, `tokens`; empty for the keys above all tables.
    const NAME: &'static str;
    /// What the section is about.
    const ABOUT: &'static str;
    /// The defaults under a profile.
    fn defaults(profile: Profile) -> Self;
    /// Each key with its documentation.
    fn docs() -> Vec<SettingDoc>;
    /// Takes the section's keys out of what was given; mistakes are noted in `values`.
    fn read(values: &mut Values) -> Self;
    /// Each key with its value; secrets masked.
    fn shown(&self) -> Vec<(String, Value)>;
}

/// A loaded section whose type is forgotten.
pub(super) trait AnySection: Send + Sync + fmt::Debug {
    fn as_any(&self) -> &dyn Any;
    fn name(&self) -> &'static str;
    fn shown(&self) -> Vec<(String, Value)>;
}

impl<T: Section> AnySection for T {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn name(&self) -> &'static str {
        T::NAME
    }
    fn shown(&self) -> Vec<(String, Value)> {
        Section::shown(self)
    }
}

/// Looks for unsafe combinations; pushes what it finds.
pub type SectionCheck = fn(&Settings, &mut Vec<Problem>);

/// What a feature says about its settings: it stands in the feature's `FEATURE` value.
#[derive(Clone, Copy)]
pub struct SectionSpec {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) docs: fn() -> Vec<SettingDoc>,
    pub(super) read: fn(&mut Values) -> Arc<dyn AnySection>,
    pub(super) check: Option<SectionCheck>,
}

impl SectionSpec {
    /// The section `T`.
    pub const fn of<T: Section>() -> Self {
        Self { name: T::NAME, about: T::ABOUT, docs: T::docs, read: |values| Arc::new(T::read(values)), check: None }
    }

    /// With a check of the feature's own, run with all others before the start.
    #[must_use]
    pub const fn with_check(mut self, check: SectionCheck) -> Self {
        self.check = Some(check);
        self
    }

    /// The table's name in the file.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for SectionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SectionSpec").field(&self.name).finish()
    }
}

/// Joins a section's name and a field's.
pub(crate) fn key(section: &str, field: &str) -> String {
    if section.is_empty() { field.to_owned() } else { format!("{section}.{field}") }
}

/// Makes a section: the struct, its defaults, its documentation, its loading.
///
/// A default that differs by profile follows a semicolon and holds from that profile upwards
/// (development, production, hardened), the strictest first. Tables inside the table stand in
/// `with { … }`.
///
/// ```
/// use guardhouse::{settings, kernel::settings::Section as _};
/// use guardhouse_core::time::Span;
///
/// settings! {
///     /// Coffee breaks.
///     pub struct CoffeeSettings in "coffee" {
///         /// How long one takes.
///         pub length: Span = Span::minutes(15); Hardened = Span::minutes(5),
///     }
/// }
/// assert_eq!(CoffeeSettings::docs()[0].key, "coffee.length");
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $name:ident in $section:literal {
            $(
                $(#[doc = $doc:literal])+
                $field_vis:vis $field:ident : $kind:ty = $default:expr $(; $profile:ident = $other:expr)*
            ),* $(,)?
        }
        $( with {
            $( $(#[doc = $nested_doc:literal])+ $nested_vis:vis $nested:ident : $nested_kind:ty ),* $(,)?
        } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        $vis struct $name {
            $( $(#[doc = $doc])+ $field_vis $field: $kind, )*
            $( $( $(#[doc = $nested_doc])+ $nested_vis $nested: $nested_kind, )* )?
        }

        impl Default for $name {
            fn default() -> Self {
                <Self as $crate::kernel::settings::Section>::defaults($crate::kernel::settings::Profile::Development)
            }
        }

        impl $crate::kernel::settings::Section for $name {
            const NAME: &'static str = $section;
            const ABOUT: &'static str = concat!($($about, "\n"),+);

            fn defaults(profile: $crate::kernel::settings::Profile) -> Self {
                let _ = profile;
                Self {
                    $( $field: match profile {
                        $( reached if reached >= $crate::kernel::settings::Profile::$profile => $other, )*
                        _ => $default,
                    }, )*
                    $( $( $nested: <$nested_kind as $crate::kernel::settings::Section>::defaults(profile), )* )?
                }
            }

            fn docs() -> Vec<$crate::kernel::settings::SettingDoc> {
                let by_profile = $crate::kernel::settings::Profile::ALL.map(|profile| (profile, Self::defaults(profile)));
                let mut docs = vec![ $(
                    $crate::kernel::settings::describe::<$kind>(
                        $section, stringify!($field), stringify!($kind), concat!($($doc, "\n"),+),
                        by_profile.iter().map(|(profile, section)| (*profile, &section.$field)),
                    )
                ),* ];
                $( $( docs.extend(<$nested_kind as $crate::kernel::settings::Section>::docs()); )* )?
                docs.shrink_to_fit();
                docs
            }

            fn read(values: &mut $crate::kernel::settings::Values) -> Self {
                let defaults = Self::defaults(values.profile());
                Self {
                    $( $field: values.take($section, stringify!($field), stringify!($kind), defaults.$field), )*
                    $( $( $nested: <$nested_kind as $crate::kernel::settings::Section>::read(values), )* )?
                }
            }

            fn shown(&self) -> Vec<(String, ::serde_json::Value)> {
                let mut shown = vec![ $(
                    $crate::kernel::settings::show($section, stringify!($field), &self.$field)
                ),* ];
                $( $( shown.extend($crate::kernel::settings::Section::shown(&self.$nested)); )* )?
                shown.shrink_to_fit();
                shown
            }
        }
    };
}
