//! The page that a mailed link opens. Opening it changes nothing: mail programs follow links on their own.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};

use super::{MagicLinkSettings, SIGN_IN, rules};
use crate::{
    input,
    kernel::{
        codes,
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            input::Opaque,
            route::{Guard, Route},
        },
        login::{Arrival, Delivery},
        pages::{self, Form, Page, Submitted, Template, context},
    },
};

const PAGE: Template = Template {
    name: "magic_link.html",
    source: include_str!("pages/magic_link.html"),
    samples: || vec![context! { mailed => "gdc_", action => "/magic-link" }],
};

pub(super) const ALL: &[Template] = &[PAGE];

input! {
    /// The form of the page.
    pub struct MagicLinkForm {
        /// `gdc_…` from the link.
        token: Opaque,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/magic-link", Guard::Public, open, "The page behind a mailed link")
            .query("token", "`gdc_…` from the letter")
            .answers_empty(StatusCode::OK, "A page")
            .answers_empty(StatusCode::SEE_OTHER, "To `magic_link.url` with the token, where one is set")
            .refuses(&[Code::InvalidLink]),
        Route::post("/magic-link", Guard::Public, enter, "The form of that page")
            .of_form()
            .about("Signs in with the session cookie.")
            .answers_empty(StatusCode::OK, "A page that says it is done")
            .refuses(&[
                Code::CsrfFailed,
                Code::InvalidLink,
                Code::ValidationFailed,
                Code::MfaRequired,
                Code::AccountDisabled,
                Code::Forbidden,
            ]),
    ]
}

async fn open(State(ctx): State<Ctx>, headers: HeaderMap, RawQuery(query): RawQuery) -> Result<Response> {
    let mailed = pages::parameter(query.as_deref(), "token").unwrap_or_default();
    let page = shown(&ctx, &headers, &mailed, None).await?;
    // Only what is a token of ours goes on to the application.
    Ok(match &ctx.settings.of::<MagicLinkSettings>().url {
        Some(url) => Redirect::to(&format!("{url}?token={mailed}")).into_response(),
        None => page.into_response(),
    })
}

async fn shown(ctx: &Ctx, headers: &HeaderMap, mailed: &str, wrong: Option<&Error>) -> Result<Page> {
    codes::by_link(ctx, mailed, &[SIGN_IN]).await?;
    let context = context! { mailed, action => ctx.links.path("magic-link") };
    pages::form(ctx, headers, &PAGE, context, wrong)
}

async fn enter(State(ctx): State<Ctx>, client: Client, form: Form) -> Result<Response> {
    let act = async |input: MagicLinkForm| {
        let arrival = Arrival::of(&ctx, client.clone(), &form.headers, Some(Delivery::Cookie));
        rules::enter(&ctx, &input.token.0, arrival).await
    };
    match form.submit(act).await? {
        Submitted::Done(entered) => {
            let page = Page::message(&ctx, "You are signed in", "You can close this page.")?;
            Ok((entered.parts().1, page).into_response())
        }
        // The link was right and is used up; the second half is for whoever can ask for it.
        Submitted::Wrong(error) if error.code() == Code::MfaRequired => {
            let text = "Your account has a second factor. Sign in in the application that you came from.";
            Ok(Page::message(&ctx, "A second factor is needed", text)?.into_response())
        }
        Submitted::Wrong(error) => {
            let page = shown(&ctx, &form.headers, form.text("token").unwrap_or_default(), Some(&error)).await?;
            Ok(page.into_response())
        }
    }
}
