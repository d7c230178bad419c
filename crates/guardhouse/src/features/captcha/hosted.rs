//! Hosted services: whether an answer is right is asked by their `siteverify`, which all three have alike
//! (<https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>, <https://docs.hcaptcha.com/>,
//! <https://developers.google.com/recaptcha/docs/verify>).
//!
//! The service learns our secret and the answer, not who answered. Each answer counts once and for a few minutes, which the
//! service sees to. Where it is away nobody gets in whom it should judge: 503, and the next try asks it again.

use std::time::Duration;

use guardhouse_core::time::Span;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use url::Url;

use super::settings::CaptchaSettings;
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    outbound::{Call, OutboundError},
};

/// A verdict has some 300 bytes.
const MOST_BYTES: usize = 16 * 1024;
/// Nobody waits longer than this to sign in because of another's service.
const PATIENCE: Duration = Duration::from_secs(3);

/// Faults of the service's own or of our settings, not of the answer.
const NOT_THEIRS: &[&str] =
    &["missing-input-secret", "invalid-input-secret", "bad-request", "internal-error", "sitekey-secret-mismatch"];

/// Why nobody can say whether an answer is right.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("the CAPTCHA service: {0}")]
    Service(#[from] OutboundError),
    #[error("the CAPTCHA service answered {0}")]
    Status(StatusCode),
    #[error("the CAPTCHA service answered no verdict: {0}")]
    NoVerdict(#[from] serde_json::Error),
    #[error("the CAPTCHA service refused the question, not the answer: {0}; look at captcha.secret")]
    Question(String),
}

/// What the services answer.
#[derive(Debug, Deserialize)]
struct Verdict {
    success: bool,
    #[serde(default)]
    hostname: Option<String>,
    /// Only reCAPTCHA, version 3.
    #[serde(default)]
    score: Option<f64>,
    #[serde(default, rename = "error-codes")]
    errors: Vec<String>,
}

/// Where to ask, if the kind is a service.
pub(super) fn service(captcha: &CaptchaSettings) -> Option<&str> {
    captcha.kind.service().map(|own| captcha.verify_url.as_deref().unwrap_or(own))
}

/// Asks the service whether an answer is right.
pub(super) async fn check(ctx: &Ctx, captcha: &CaptchaSettings, url: &str, answer: &str) -> Result<bool> {
    match verdict(ctx, captcha, url, answer).await {
        Ok(verdict) => Ok(verdict.success && here(ctx, &verdict) && likely(captcha, &verdict)),
        Err(unknown) => {
            let text = "Nobody can say at the moment whether the challenge was solved. Try again in a moment.";
            Err(Error::new(Code::Unavailable, text).retry_after(Span::seconds(5)).caused_by(unknown))
        }
    }
}

async fn verdict(ctx: &Ctx, captcha: &CaptchaSettings, url: &str, answer: &str) -> Result<Verdict, Unknown> {
    let fields = [("secret", captcha.secret.expose()), ("response", answer), ("sitekey", &captcha.site_key)];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let call = Call::new(Method::POST, url).header(header::CONTENT_TYPE, kind).body(form);
    let reply = ctx.outbound.send(call.at_most(MOST_BYTES).within(PATIENCE)).await?;
    let verdict: Verdict = match serde_json::from_slice(&reply.body) {
        Ok(verdict) => verdict,
        Err(_) if reply.status != StatusCode::OK => return Err(Unknown::Status(reply.status)),
        Err(error) => return Err(error.into()),
    };
    let fault = verdict.errors.iter().find(|error| NOT_THEIRS.contains(&error.as_str()));
    match fault {
        Some(fault) if !verdict.success => Err(Unknown::Question(fault.clone())),
        _ if reply.status.is_server_error() => Err(Unknown::Status(reply.status)),
        _ => Ok(verdict),
    }
}

/// Solved on a page of ours: an answer that somebody's own page collected from its visitors counts nothing.
fn here(ctx: &Ctx, verdict: &Verdict) -> bool {
    let origins = ctx.settings.server.cors_origins.iter().map(String::as_str).chain([ctx.links.origin()]);
    let hosts: Vec<_> = origins.filter_map(|origin| Url::parse(origin).ok()?.host_str().map(str::to_owned)).collect();
    verdict.hostname.as_ref().is_some_and(|host| hosts.contains(&host.to_ascii_lowercase()))
}

fn likely(captcha: &CaptchaSettings, verdict: &Verdict) -> bool {
    verdict.score.is_none_or(|score| score * 100.0 >= f64::from(captcha.min_score))
}
