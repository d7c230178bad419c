//! The route table: one row each with method, path, guard, limit, handler and doc.
//!
//! From the rows come the router, the API description, the generated denial tests and a snapshot that shows
//! every change of a guard in review. A guard has no default: each constructor asks for one.

use axum::{handler::Handler, routing::MethodRouter};
use http::{Method, StatusCode};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::page;
use crate::kernel::{ctx::Ctx, errors::Code, limits::network::Policy};

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Everyone; a credential that is sent is not looked at.
    Public,
    /// Everyone with a valid credential of any kind.
    SignedIn,
    /// A person with a live session; no API key, no machine.
    Person,
    /// A person whose session proved itself within the last minutes, or who sends `current_password` (ASVS 7.5). The
    /// door asks for a session alone, since the proof may stand in the body; the rule behind the handler asks for a
    /// [`Proved`](crate::kernel::login::Proved), and a generated test calls each such row without one.
    RecentProof,
    /// Whoever holds the permission everywhere.
    Permission(&'static str),
    /// Whoever holds the permission everywhere or in the tenant acted in. The rule behind the handler asks for a
    /// [`Reach`](crate::kernel::principal::Reach), which says how far it goes.
    Reaching(&'static str),
    /// Whoever holds the permission everywhere, or in the tenant that the path names as `id`. Others learn nothing of
    /// whether it exists (`T2`).
    InTenant(&'static str),
    /// Whoever holds the role where they act.
    Role(&'static str),
    /// Public in development, by `telemetry.public` and on the listener of `server.admin_listen`, else whoever holds
    /// `metrics:read`.
    Operations,
    /// The profile `development`, asked from loopback without a proxy's headers; a 404 everywhere else.
    Development,
}

impl Guard {
    /// The permission it asks for.
    pub fn permission(self) -> Option<&'static str> {
        match self {
            Self::Permission(name) | Self::Reaching(name) | Self::InTenant(name) => Some(name),
            Self::Operations => Some(METRICS_READ),
            _ => None,
        }
    }
}

/// Lets operations be read where they are not public.
pub const METRICS_READ: &str = "metrics:read";

/// From which web pages a route that everyone may call and that changes something is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromOrigin {
    /// Those of our origin and of `server.cors_origins`; the door checks it.
    Ours,
    /// The handler checks more than an origin can tell: a form's token.
    Form,
}

/// A named schema of the API description.
pub struct NamedSchema {
    /// Its name under `components.schemas`.
    pub name: String,
    /// The schema.
    pub schema: RefOr<Schema>,
    /// The schemas it refers to.
    pub uses: Vec<(String, RefOr<Schema>)>,
}

/// Makes a schema when the description is asked for. A table that held the schemas themselves would take megabytes at each
/// start, and few servers are ever asked.
pub type Schematic = fn() -> NamedSchema;

impl NamedSchema {
    fn of<T: ToSchema>() -> Self {
        let mut uses = Vec::new();
        T::schemas(&mut uses);
        Self { name: T::name().into_owned(), schema: <T as PartialSchema>::schema(), uses }
    }
}

/// What the API description says of a route.
#[derive(Default)]
pub struct Doc {
    /// One line.
    pub summary: &'static str,
    /// What a caller must know beyond the line.
    pub description: &'static str,
    /// The body it takes.
    pub takes: Option<Schematic>,
    /// An example of that body.
    pub example: Option<serde_json::Value>,
    /// Query parameters: name and meaning.
    pub query: Vec<(&'static str, &'static str)>,
    /// Statuses it answers with when all is well; without a schema the answer has no JSON body.
    pub answers: Vec<(StatusCode, Option<Schematic>, &'static str)>,
    /// Answers with a body that is not JSON: status, media type and meaning.
    pub texts: Vec<(StatusCode, &'static str, &'static str)>,
    /// Codes it may refuse with, beyond those its guard gives.
    pub errors: Vec<Code>,
}

/// One row.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, `{name}` for what varies.
    pub path: &'static str,
    /// Who may pass.
    pub guard: Guard,
    /// From which web pages it is called.
    pub origin: FromOrigin,
    /// Whether it passes whoever's proof is less than their tenant asks for: to give a better one, or to leave.
    pub below_policy: bool,
    /// What limits it, beyond the limits on bodies, headers and connections.
    pub limited: Option<Policy>,
    /// Whether the door charges that limit to the caller's network; else the rule charges it.
    pub charged: bool,
    /// What the description says.
    pub doc: Doc,
    /// The feature it belongs to; set when the table is put together.
    pub feature: &'static str,
    pub(crate) handler: MethodRouter<Ctx>,
}

macro_rules! methods {
    ($($name:ident $method:ident;)*) => {$(
        #[doc = concat!("A `", stringify!($method), "` route with its one-line summary.")]
        pub fn $name<H: Handler<T, Ctx>, T: 'static>(path: &'static str, guard: Guard, handler: H, summary: &'static str) -> Self {
            Self {
                method: Method::$method,
                path,
                guard,
                origin: FromOrigin::Ours,
                below_policy: false,
                limited: None,
                charged: false,
                doc: Doc { summary, ..Doc::default() },
                feature: "",
                handler: axum::routing::$name(handler),
            }
        }
    )*};
}

impl Route {
    methods! { get GET; post POST; patch PATCH; delete DELETE; }

    /// Names the limit that its rule charges.
    #[must_use]
    pub fn limited(mut self, by: Policy) -> Self {
        self.limited = Some(by);
        self
    }

    /// Has the door charge each call to the caller's network.
    #[must_use]
    pub fn charged(mut self, by: Policy) -> Self {
        (self.limited, self.charged) = (Some(by), true);
        self
    }

    /// Passes whoever's proof is less than the tenant they act in asks for.
    #[must_use]
    pub fn below_policy(mut self) -> Self {
        self.below_policy = true;
        self
    }

    /// Takes the form of one of our pages, whose token its handler checks.
    #[must_use]
    pub fn of_form(mut self) -> Self {
        self.origin = FromOrigin::Form;
        self
    }

    /// Says more than the summary.
    #[must_use]
    pub fn about(mut self, description: &'static str) -> Self {
        self.doc.description = description;
        self
    }

    /// The body it takes.
    #[must_use]
    pub fn takes<T: ToSchema>(mut self, example: serde_json::Value) -> Self {
        self.doc.takes = Some(NamedSchema::of::<T>);
        self.doc.example = Some(example);
        self
    }

    /// A query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.doc.query.push((name, meaning));
        self
    }

    /// Takes `limit` and `cursor`, as every list does.
    #[must_use]
    pub fn paged(self) -> Self {
        let described = page::PARAMETERS.into_iter().fold(self, |route, (name, meaning)| route.query(name, meaning));
        described.refuses(&[Code::ValidationFailed])
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn answers<T: ToSchema>(mut self, status: StatusCode, meaning: &'static str) -> Self {
        self.doc.answers.push((status, Some(NamedSchema::of::<T>), meaning));
        self
    }

    /// An answer without a JSON body.
    #[must_use]
    pub fn answers_empty(mut self, status: StatusCode, meaning: &'static str) -> Self {
        self.doc.answers.push((status, None, meaning));
        self
    }

    /// An answer with a body of another media type.
    #[must_use]
    pub fn answers_text(mut self, status: StatusCode, media_type: &'static str, meaning: &'static str) -> Self {
        self.doc.texts.push((status, media_type, meaning));
        self
    }

    /// Codes it may refuse with.
    #[must_use]
    pub fn refuses(mut self, codes: &[Code]) -> Self {
        self.doc.errors.extend_from_slice(codes);
        self
    }
}
