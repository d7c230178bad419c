//! The page that a mailed link opens, and the one to type a code. Opening either changes nothing.

use axum::extract::{RawQuery, State};
use http::{HeaderMap, StatusCode};

use super::{
    resend,
    routes::{ResendInput, VerifyEmailInput},
    rules,
};
use crate::{
    features::password,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        http::{
            client::Client,
            route::{Guard, Route},
        },
        limits::LOGIN,
        mail,
        pages::{self, Form, Page, Submitted, Template, context},
    },
};

const VERIFY: Template = Template {
    name: "verify.html",
    source: include_str!("pages/verify.html"),
    samples: || [true, false].map(|pending| context! { mailed => "gdc_", pending, action => "/verify" }).into(),
};

const VERIFY_CODE: Template = Template {
    name: "verify_code.html",
    source: include_str!("pages/verify_code.html"),
    samples: || {
        let of = |email: Option<&str>, code: Option<&str>, pending| {
            context! { email, code, pending, action => "/verify", again => "/verify/resend" }
        };
        vec![of(None, None, false), of(Some("alice@example.com"), Some("123456"), true)]
    },
};

pub(super) const ALL: &[Template] = &[VERIFY, VERIFY_CODE];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/verify", Guard::Public, open, "The page behind a mailed link")
            .query("token", "`gdc_…` from the letter; without it the page asks for the code")
            .answers_empty(StatusCode::OK, "A page"),
        Route::post("/verify", Guard::Public, confirm, "The form of that page")
            .of_form()
            .limited(LOGIN)
            .answers_empty(StatusCode::OK, "A page that says it is done")
            .refuses(&[
                Code::CsrfFailed,
                Code::InvalidLink,
                Code::ValidationFailed,
                Code::WeakPassword,
                Code::AccountLocked,
                Code::RateLimited,
            ]),
        Route::post("/verify/resend", Guard::Public, again, "The form that asks for the letter again")
            .of_form()
            .limited(mail::LETTERS)
            .answers_empty(StatusCode::OK, "A page that says a letter may be on its way")
            .refuses(&[Code::CsrfFailed, Code::ValidationFailed, Code::RateLimited]),
    ]
}

async fn open(State(ctx): State<Ctx>, headers: HeaderMap, RawQuery(query): RawQuery) -> Result<Page> {
    match pages::parameter(query.as_deref(), "token") {
        Some(token) => with_link(&ctx, &headers, &token, None).await,
        None => with_code(&ctx, &headers, &Typed::default(), None),
    }
}

/// What a form that is shown again holds already.
#[derive(Default)]
struct Typed<'a> {
    email: Option<&'a str>,
    code: Option<&'a str>,
    pending: bool,
}

async fn with_link(ctx: &Ctx, headers: &HeaderMap, mailed: &str, wrong: Option<&Error>) -> Result<Page> {
    let purpose = match rules::purpose(ctx, mailed).await {
        Ok(purpose) => purpose,
        Err(error) => return with_code(ctx, headers, &Typed::default(), Some(&pages::correctable(error)?)),
    };
    let context = context! { mailed, pending => purpose == password::REGISTER, action => ctx.links.path("verify") };
    pages::form(ctx, headers, &VERIFY, context, wrong)
}

fn with_code(ctx: &Ctx, headers: &HeaderMap, typed: &Typed<'_>, wrong: Option<&Error>) -> Result<Page> {
    let Typed { email, code, pending } = typed;
    let (action, again) = (ctx.links.path("verify"), ctx.links.path("verify/resend"));
    let context = context! { email => email, code => code, pending => pending, action, again };
    pages::form(ctx, headers, &VERIFY_CODE, context, wrong)
}

async fn confirm(State(ctx): State<Ctx>, client: Client, form: Form) -> Result<Page> {
    let act = async |input: VerifyEmailInput| {
        let (shown, password) = input.shown()?;
        rules::verify(&ctx, &shown, password, &client).await
    };
    match form.submit(act).await? {
        Submitted::Done(()) => {
            Page::message(&ctx, "Your e-mail address is confirmed", "Thank you. You can close this page.")
        }
        Submitted::Wrong(error) => shown_again(&ctx, &form, &error).await,
    }
}

async fn shown_again(ctx: &Ctx, form: &Form, error: &Error) -> Result<Page> {
    if let Some(token) = form.text("token") {
        return with_link(ctx, &form.headers, token, Some(error)).await;
    }
    let password_wanted = error.details().iter().any(|detail| detail.field == "password");
    let typed =
        Typed { email: form.text("email"), code: form.text("code"), pending: password_wanted || form.has("password") };
    with_code(ctx, &form.headers, &typed, Some(error))
}

async fn again(State(ctx): State<Ctx>, client: Client, form: Form) -> Result<Page> {
    match form.submit(async |input: ResendInput| resend::resend(&ctx, &input.email, &client).await).await? {
        Submitted::Done(()) => Page::message(
            &ctx,
            "Look into your mail",
            "If anything waits for this address, a letter with a new link and a new code is on its way.",
        ),
        Submitted::Wrong(error) => {
            with_code(&ctx, &form.headers, &Typed { email: form.text("email"), ..Typed::default() }, Some(&error))
        }
    }
}
