//! The page that a mailed link opens, and the one to ask for such a letter. Opening either changes nothing.

use axum::extract::{RawQuery, State};
use http::{HeaderMap, StatusCode};

use super::{
    policy, reset,
    routes::{ForgotInput, ResetInput},
    settings::PolicySettings,
};
use crate::kernel::{
    codes,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{
        client::Client,
        route::{Guard, Route},
    },
    login::device::Mark,
    pages::{self, Form, Page, Submitted, Template, context},
};

const RESET: Template = Template {
    name: "reset.html",
    source: include_str!("pages/reset.html"),
    samples: || vec![context! { mailed => "gdc_", hint => "At least 8 characters.", action => "/reset" }],
};

const FORGOT: Template = Template {
    name: "forgot.html",
    source: include_str!("pages/forgot.html"),
    samples: || {
        let of = |email: Option<&str>| context! { email, valid => "10m", action => "/reset" };
        vec![of(None), of(Some("alice@example.com"))]
    },
};

pub(super) const ALL: &[Template] = &[RESET, FORGOT];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/reset", Guard::Public, open, "The page behind a mailed link")
            .query("token", "`gdc_…` from the letter; without it the page asks whom to send one")
            .answers_empty(StatusCode::OK, "A page"),
        Route::post("/reset", Guard::Public, send, "The forms of that page")
            .of_form()
            .limited(reset::PASSWORD_FORGOT)
            .answers_empty(StatusCode::OK, "A page that says it is done, or that a letter may be on its way")
            .refuses(&[
                Code::CsrfFailed,
                Code::InvalidLink,
                Code::ValidationFailed,
                Code::WeakPassword,
                Code::RateLimited,
            ]),
    ]
}

async fn open(State(ctx): State<Ctx>, headers: HeaderMap, RawQuery(query): RawQuery) -> Result<Page> {
    match pages::parameter(query.as_deref(), "token") {
        Some(token) => new_password(&ctx, &headers, &token, None).await,
        None => whom(&ctx, &headers, None, None),
    }
}

async fn new_password(ctx: &Ctx, headers: &HeaderMap, mailed: &str, wrong: Option<&Error>) -> Result<Page> {
    if let Err(error) = codes::by_link(ctx, mailed, &[super::RESET_PASSWORD]).await {
        return whom(ctx, headers, None, Some(&pages::correctable(error)?));
    }
    let context = context! { mailed, hint => policy::hint(ctx), action => ctx.links.path("reset") };
    pages::form(ctx, headers, &RESET, context, wrong)
}

fn whom(ctx: &Ctx, headers: &HeaderMap, email: Option<&str>, wrong: Option<&Error>) -> Result<Page> {
    let valid = ctx.settings.of::<PolicySettings>().reset_ttl.to_string();
    let context = context! { email, valid, action => ctx.links.path("reset") };
    pages::form(ctx, headers, &FORGOT, context, wrong)
}

async fn send(State(ctx): State<Ctx>, client: Client, form: Form) -> Result<(Option<Mark>, Page)> {
    if form.has("token") { set(&ctx, &client, &form).await } else { Ok((None, ask(&ctx, &client, &form).await?)) }
}

async fn set(ctx: &Ctx, client: &Client, form: &Form) -> Result<(Option<Mark>, Page)> {
    let act = async |input: ResetInput| reset::reset(ctx, &input.token.0, input.password, client).await;
    match form.submit(act).await? {
        Submitted::Done(mark) => {
            Ok((mark, Page::message(ctx, "Your new password is set", "You can sign in with it now.")?))
        }
        Submitted::Wrong(error) => {
            let mailed = form.text("token").unwrap_or_default();
            Ok((None, new_password(ctx, &form.headers, mailed, Some(&error)).await?))
        }
    }
}

async fn ask(ctx: &Ctx, client: &Client, form: &Form) -> Result<Page> {
    match form.submit(async |input: ForgotInput| reset::forgot(ctx, &input.email, client).await).await? {
        Submitted::Done(()) => Page::message(
            ctx,
            "Look into your mail",
            "If there is an account with this address, a letter with a link is on its way.",
        ),
        Submitted::Wrong(error) => whom(ctx, &form.headers, form.text("email"), Some(&error)),
    }
}
