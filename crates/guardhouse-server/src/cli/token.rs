//! `token`: make, look into and check access tokens.

use clap::{Args, Subcommand};
use data_encoding::BASE64URL_NOPAD;
use guardhouse::kernel::{
    ctx::Ctx,
    errors::{Code, Error},
    http::client::Client,
    login::{self, Arrival, Delivery, Verified},
    tokens,
};
use guardhouse_core::time::Timestamp;
use guardhouse_store::Unit;
use serde_json::{Map, Value, json};

use super::Context;
use crate::{
    engine::{account, with_engine},
    failure::Failure,
    input,
    out::Out,
};

/// What to do with tokens.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse token mint alice@example.com
  guardhouse token inspect eyJhbGciOi…
  echo \"$TOKEN\" | guardhouse token verify -")]
pub(super) enum Token {
    /// Make a session and its tokens for a user
    Mint(Mint),
    /// Show what an access token says, without checking it
    #[command(after_help = "Examples:\n  guardhouse token inspect eyJhbGciOi…\n  pbpaste | guardhouse token inspect -")]
    Inspect(Given),
    /// Check an access token as the server would: signature, issuer, audience, times, revocation
    #[command(
        after_help = "Examples:\n  echo \"$TOKEN\" | guardhouse token verify -\n\nExit code 1 when it is refused."
    )]
    Verify(Given),
}

/// Makes tokens.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse token mint alice@example.com
  curl -H \"Authorization: Bearer $(guardhouse token mint alice@example.com --format json | jq -r .access_token)\" …

The session stands in the user's list of devices and in the audit log; `guardhouse session delete` ends it.")]
pub(super) struct Mint {
    /// E-mail address or id
    user: String,
    /// What the session is called in the user's list of devices
    #[arg(long, default_value = "guardhouse token mint")]
    device_name: String,
    /// A tenant of theirs to act in: its slug or its id
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
}

/// A token that was given.
#[derive(Args, Debug)]
pub(super) struct Given {
    /// The token; `-` reads it from standard input, where no list of processes shows it
    token: String,
}

impl Token {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let out = context.out;
        match self {
            Self::Inspect(given) => inspect(out, input::argument_or_stdin(&given.token)?.expose()),
            Self::Mint(mint) => with_engine(context, async |ctx| mint_for(ctx, out, mint).await),
            Self::Verify(given) => {
                let token = input::argument_or_stdin(&given.token)?;
                with_engine(context, async |ctx| verify(ctx, out, token.expose()).await)
            }
        }
    }
}

async fn mint_for(ctx: &Ctx, out: Out, mint: Mint) -> Result<(), Failure> {
    let account = account(ctx, &mint.user).await?;
    let refused = || Error::new(Code::Conflict, "The account changed at this moment.");
    // No method of proof: whoever runs this holds the database and the master key.
    let verified =
        Verified { account, amr: Vec::new(), action: "token.minted", proof: Unit::new(), refused, reserved: None };
    let arrival = Arrival {
        client: from_here(),
        delivery: Delivery::Tokens,
        remember: false,
        device_name: Some(mint.device_name),
        tenant: mint.tenant,
        device: None,
        cookie: None,
    };
    out.json(&login::enter(ctx, verified, arrival).await?.answer)
}

fn from_here() -> Client {
    Client {
        ip: std::net::Ipv4Addr::LOCALHOST.into(),
        secure: true,
        loopback: true,
        request_id: "command-line".into(),
        user_agent: Some(concat!("guardhouse/", env!("CARGO_PKG_VERSION"), " (command line)").to_owned()),
    }
}

fn inspect(out: Out, token: &str) -> Result<(), Failure> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, _] = parts[..] else {
        return Err(Failure::new(about_opaque(token)).mend("give a signed access token: three parts with dots between"));
    };
    let mut claims = object("claims", claims)?;
    for name in ["iat", "nbf", "exp", "auth_time"] {
        if let Some(seconds) = claims.get(name).and_then(Value::as_i64) {
            claims.insert(name.to_owned(), json!(format!("{seconds} ({})", Timestamp::from_seconds(seconds))));
        }
    }
    if out.is_json() {
        return out.json(&json!({"header": object("header", header)?, "claims": claims, "verified": false}));
    }
    out.record(&object("header", header)?)?;
    out.line("")?;
    out.record(&claims)?;
    out.line("\nNothing was checked: `guardhouse token verify` does.")
}

fn about_opaque(token: &str) -> String {
    let kinds = [
        ("gdr_", "a refresh token"),
        ("gds_", "a session cookie"),
        ("gdk_", "an API key"),
        ("gdc_", "a code"),
        ("gdx_", "a client secret"),
        ("gda_", "an opaque access token"),
    ];
    match kinds.iter().find(|(prefix, _)| token.starts_with(prefix)) {
        Some((_, kind)) => format!("this is {kind}, which says nothing to who reads it"),
        None => "this is no token of a server like this".to_owned(),
    }
}

fn object(what: &str, part: &str) -> Result<Map<String, Value>, Failure> {
    let bytes = BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| Failure::new(format!("the token's {what} is no base64url")))?;
    serde_json::from_slice(&bytes).map_err(|_| Failure::new(format!("the token's {what} is no JSON object")))
}

async fn verify(ctx: &Ctx, out: Out, token: &str) -> Result<(), Failure> {
    let seen = tokens::verify(ctx, token).await?;
    out.record(&json!({
        "valid": true,
        "subject": seen.subject,
        "session": seen.session,
        "tenant": seen.tenant,
        "actor": seen.actor,
        "expires_at": Timestamp::from_seconds(seen.expires),
        "amr": seen.assurance.amr,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::out::Format;

    #[test]
    fn what_is_no_signed_token_is_named() {
        for (token, about) in [("gdr_abc", "a refresh token"), ("nonsense", "no token")] {
            assert!(about_opaque(token).contains(about), "{token}");
        }
        assert!(inspect(Out::new(Format::Table), "a.b.c").is_err());
    }
}
