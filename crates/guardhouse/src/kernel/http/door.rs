//! The door of a route: its guard, its limit, its metrics, in front of the handler.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use guardhouse_core::{
    principal::{CredentialKind, Principal},
    time::stopwatch,
};
use http::request::Parts;

use super::{
    client::Client,
    csrf,
    metrics::RouteMeters,
    outer,
    route::{Guard, Limited, Route},
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    limits::network::{self, Policy},
    principal::authenticate,
    settings::Profile,
    tokens,
};

#[derive(Clone)]
struct Door {
    ctx: Ctx,
    guard: Guard,
    limited: Limited,
    meters: RouteMeters,
}

/// The router of a route table, each route behind its door and all behind the outer layer.
pub fn router(ctx: &Ctx, routes: Vec<Route>) -> Router {
    let mut table = Router::new();
    for route in routes {
        let meters = ctx.meters.route(&route.method, route.path);
        let door = Door { ctx: ctx.clone(), guard: route.guard, limited: route.limited, meters };
        table = table.route(route.path, route.handler.layer(from_fn_with_state(door, pass)));
    }
    table
        .fallback(|| async { Error::not_found() })
        .method_not_allowed_fallback(|| async {
            Error::new(Code::MethodNotAllowed, "This path does not know that method.")
        })
        .with_state(ctx.clone())
        .layer(from_fn_with_state(ctx.clone(), outer::outer))
}

async fn pass(State(door): State<Door>, request: Request, next: Next) -> Response {
    let watch = stopwatch();
    let (mut parts, body) = request.into_parts();
    let (mut response, left) = network::noting(async {
        match door.admit(&mut parts).await {
            Ok(()) => next.run(Request::from_parts(parts, body)).await,
            Err(error) => error.into_response(),
        }
    })
    .await;
    if let Some(left) = left {
        left.write(response.headers_mut());
    }
    door.meters.count(response.status(), watch.elapsed().as_secs_f64());
    response
}

impl Door {
    async fn admit(&self, parts: &mut Parts) -> Result<()> {
        let client =
            parts.extensions.get::<Client>().cloned().ok_or_else(|| Error::internal("the outer layer is missing"))?;
        match self.guard {
            Guard::Public => self.public(parts)?,
            Guard::Development => self.development(parts, &client)?,
            Guard::Operations if self.operations_are_public() => {}
            guard => {
                let principal = self.principal(parts, &client).await?;
                permitted(&self.ctx, guard, &principal)?;
                parts.extensions.insert(principal);
            }
        }
        if self.limited == Limited::Register {
            let policy = Policy::new("register", &self.ctx.settings.limits.register);
            network::charge_network(&self.ctx, policy, &client).await?;
        }
        Ok(())
    }

    /// Sign-in and its like answer to no cookie, so only the origin can tell a forged one (rulings 19).
    fn public(&self, parts: &Parts) -> Result<()> {
        if csrf::changes_something(&parts.method) && parts.uri.path().contains("/api/auth/") {
            csrf::check_origin(&self.ctx, &parts.headers)?;
        }
        Ok(())
    }

    fn operations_are_public(&self) -> bool {
        self.ctx.settings.profile == Profile::Development || self.ctx.settings.telemetry.public
    }

    /// Loopback, without a proxy, under a name that means loopback: no web page may reach it by rebinding a name.
    fn development(&self, parts: &Parts, client: &Client) -> Result<()> {
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = host
            .rsplit_once(':')
            .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
        let local_name = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        if self.ctx.settings.profile == Profile::Development && client.local && local_name {
            return Ok(());
        }
        Err(Error::not_found())
    }

    async fn principal(&self, parts: &Parts, client: &Client) -> Result<Principal> {
        let (found, stale_cookie) = authenticate(&self.ctx, parts, client).await?;
        let Some(principal) = found else {
            let error = Error::new(Code::TokenMissing, "This needs a signed-in caller: send a credential.");
            return Err(if stale_cookie { error.clearing_session_cookie() } else { error });
        };
        if principal.credential == CredentialKind::Cookie
            && csrf::changes_something(&parts.method)
            && let Some(session) = principal.session
        {
            csrf::check(&self.ctx, &parts.headers, &session.bytes())?;
        }
        Ok(principal)
    }
}

fn permitted(ctx: &Ctx, guard: Guard, principal: &Principal) -> Result<()> {
    if tokens::from_shared_secret(ctx, principal) && matches!(guard, Guard::Permission(_) | Guard::Operations) {
        let text = "Access tokens signed with a shared secret (HS256) administrate nothing. Use the session cookie.";
        return Err(Error::new(Code::Forbidden, text));
    }
    let allowed = match guard {
        Guard::Public | Guard::Development | Guard::SignedIn => true,
        Guard::Person | Guard::RecentProof => principal.session.is_some(),
        Guard::Permission(permission) => principal.authority.allows(permission),
        Guard::Operations => principal.authority.allows("metrics:read"),
    };
    if allowed {
        return Ok(());
    }
    let message = match guard {
        Guard::Permission(permission) => format!("This needs the permission {permission}."),
        Guard::Operations => "This needs the permission metrics:read.".to_owned(),
        _ => "This is for a person with a session.".to_owned(),
    };
    Err(Error::new(Code::Forbidden, message))
}
