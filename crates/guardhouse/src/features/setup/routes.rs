//! The page, for as long as there is nobody; opening it changes nothing.

use axum::extract::{FromRequestParts, State};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::Password,
};
use http::{HeaderMap, StatusCode, request::Parts};

use super::rules;
use crate::{
    features::{password, users::NewUser},
    input,
    kernel::{
        accounts,
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            input::Opaque,
            route::{Guard, Route},
        },
        limits::LOGIN,
        pages::{self, Form, Page, Submitted, Template, context},
    },
};

/// Where the page is.
pub const PATH: &str = "/admin/setup";

const SETUP: Template = Template {
    name: "setup.html",
    source: include_str!("pages/setup.html"),
    samples: || {
        let of = |code: Option<&str>, email: Option<&str>, name: Option<&str>| {
            context! { code, email, name, hint => "At least 8 characters.", action => PATH }
        };
        vec![of(None, None, None), of(Some("gdc_"), Some("alice@example.com"), Some("Alice"))]
    },
};

pub(super) const PAGES: &[Template] = &[SETUP];

input! {
    /// The first administrator.
    pub struct SetupInput {
        /// What `guardhouse serve` printed: `gdc_…`
        code: Opaque,
        /// The e-mail address to sign in with.
        email: EmailAddress,
        /// What to be called.
        name: DisplayName,
        /// The password.
        password: Password,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Guard::Public, open, "The page that makes the first administrator")
            .about("There only while there is no user at all. It asks for the code that `guardhouse serve` printed.")
            .answers_empty(StatusCode::OK, "A page")
            .refuses(&[Code::NotFound]),
        Route::post(PATH, Guard::Public, complete, "The form of that page")
            .of_form()
            .about("The code works once and for a day. Wrong codes count as failed logins of their network.")
            .limited(LOGIN)
            .answers_empty(StatusCode::OK, "A page that says it is done")
            .refuses(&[
                Code::NotFound,
                Code::CsrfFailed,
                Code::InvalidLink,
                Code::ValidationFailed,
                Code::WeakPassword,
                Code::RateLimited,
                Code::Overloaded,
            ]),
    ]
}

/// A server without users; on any other the page does not exist, whatever is sent.
struct Empty;

impl FromRequestParts<Ctx> for Empty {
    type Rejection = Error;
    async fn from_request_parts(_: &mut Parts, ctx: &Ctx) -> Result<Self> {
        if rules::is_empty(ctx).await? { Ok(Self) } else { Err(Error::not_found()) }
    }
}

async fn open(State(ctx): State<Ctx>, _: Empty, headers: HeaderMap) -> Result<Page> {
    shown(&ctx, &headers, None, None)
}

fn shown(ctx: &Ctx, headers: &HeaderMap, typed: Option<&Form>, wrong: Option<&Error>) -> Result<Page> {
    let field = |name| typed.and_then(|form| form.text(name));
    let (code, email, name) = (field("code"), field("email"), field("name"));
    let context = context! { code, email, name, hint => password::hint(ctx), action => ctx.links.path(PATH) };
    pages::form(ctx, headers, &SETUP, context, wrong)
}

async fn complete(State(ctx): State<Ctx>, _: Empty, client: Client, form: Form) -> Result<Page> {
    let act = async |input: SetupInput| {
        let new = NewUser {
            email: input.email,
            name: input.name,
            password: Some(input.password),
            roles: vec![accounts::ADMIN.to_owned()],
            email_verified: true,
        };
        rules::complete(&ctx, &input.code.0, new, &client).await
    };
    match form.submit(act).await? {
        Submitted::Done(account) => {
            let text = format!("You can sign in as {} now. This page is gone from here on.", account.email);
            Page::message(&ctx, "The first administrator is made", &text)
        }
        Submitted::Wrong(error) => shown(&ctx, &form.headers, Some(&form), Some(&error)),
    }
}
