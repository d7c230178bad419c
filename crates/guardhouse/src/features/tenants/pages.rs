//! The page behind the link of an invitation. Opening it changes nothing, and it works without scripts.

use axum::extract::{RawQuery, State};
use http::{HeaderMap, StatusCode, request::Parts};

use super::invitations;
use crate::{
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            input::Opaque,
            route::{Guard, Route},
        },
        pages::{self, Form, Page, Submitted, Template, context},
        principal::authenticate,
    },
};

const INVITATION: Template = Template {
    name: "invitation.html",
    source: include_str!("pages/invitation.html"),
    samples: || vec![context! { mailed => "gdc_", tenant => "Acme Corp.", action => "/invitation" }],
};

pub(super) const ALL: &[Template] = &[INVITATION];

input! {
    /// The form of the page.
    pub struct AcceptForm {
        /// `gdc_…` from the link.
        token: Opaque,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/invitation", Guard::Public, open, "The page behind the link of an invitation")
            .query("token", "`gdc_…` from the letter")
            .answers_empty(StatusCode::OK, "A page")
            .refuses(&[Code::InvalidLink]),
        Route::post("/invitation", Guard::Public, accept, "The form of that page")
            .of_form()
            .about("For whoever is signed in by the session cookie.")
            .answers_empty(StatusCode::OK, "A page that says it is done")
            .refuses(&[
                Code::CsrfFailed,
                Code::TokenMissing,
                Code::InvalidLink,
                Code::ValidationFailed,
                Code::Forbidden,
                Code::EmailNotVerified,
                Code::StepUpRequired,
                Code::Conflict,
            ]),
    ]
}

async fn open(State(ctx): State<Ctx>, headers: HeaderMap, RawQuery(query): RawQuery) -> Result<Page> {
    let mailed = pages::parameter(query.as_deref(), "token").unwrap_or_default();
    shown(&ctx, &headers, &mailed, None).await
}

/// Which tenant invites, for whoever has the link: the letter does not say it.
async fn shown(ctx: &Ctx, headers: &HeaderMap, mailed: &str, wrong: Option<&Error>) -> Result<Page> {
    let (_, known) = invitations::open(ctx, mailed).await?;
    let context = context! { mailed, tenant => known.tenant.name.as_str(), action => ctx.links.path("invitation") };
    pages::form(ctx, headers, &INVITATION, context, wrong)
}

async fn accept(State(ctx): State<Ctx>, client: Client, parts: Parts, form: Form) -> Result<Page> {
    let act = async |input: AcceptForm| {
        let (principal, _) = authenticate(&ctx, &parts, &client).await?;
        let nobody = || Error::new(Code::TokenMissing, "Sign in in this browser first, then press the button again.");
        invitations::accept(&ctx, &principal.ok_or_else(nobody)?, &input.token.0, &client).await
    };
    match form.submit(act).await? {
        Submitted::Done(_) => Page::message(&ctx, "You have joined", "You can close this page."),
        Submitted::Wrong(error) => {
            shown(&ctx, &form.headers, form.text("token").unwrap_or_default(), Some(&error)).await
        }
    }
}
