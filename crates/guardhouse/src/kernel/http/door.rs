//! The door of a route: its guard, its limit, its metrics, in front of the handler.

use std::{convert::Infallible, sync::Arc, task};

use axum::{
    Router,
    body::Body,
    extract::Request,
    handler::Handler as _,
    response::{IntoResponse, Response},
};
use guardhouse_core::{
    principal::{CredentialKind, Principal},
    time::stopwatch,
};
use http::request::Parts;
use tower::{Layer, Service};

use super::{
    client::{Client, is_local},
    csrf,
    metrics::RouteMeters,
    outer,
    route::{FromOrigin, Guard, METRICS_READ, Route},
};
use crate::kernel::{
    BoxFuture,
    audit::{Event, Outcome, Who},
    ctx::Ctx,
    errors::{Code, Error, Result},
    limits::network::{self, Policy},
    principal::{authenticate, identify, into_tenant, lacking, lacking_role},
    settings::Profile,
    tokens,
};

struct Door {
    path: &'static str,
    guard: Guard,
    origin: FromOrigin,
    below_policy: bool,
    /// The limit that is charged here.
    charged: Option<Policy>,
    meters: RouteMeters,
}

/// The router of a route table, each route behind the outer layer and its door, under the path of the public URL.
pub fn router(ctx: &Ctx, routes: Vec<Route>) -> Router {
    let table = table(ctx, routes, false);
    match ctx.links.mount() {
        "" => table,
        mount => {
            let outside = Entrance { ctx: ctx.clone(), door: None, private: false };
            let elsewhere = (|| async { Error::not_found() }).layer(outside);
            Router::new().fallback(elsewhere).with_state(ctx.clone()).nest(mount, table)
        }
    }
}

/// The same for a listener that only the operator reaches: operations ask for no credential there, and nothing for
/// HTTPS (rulings 5).
pub fn private(ctx: &Ctx, routes: Vec<Route>) -> Router {
    table(ctx, routes, true)
}

/// Puts a guard in front of routes that are not ours, those of a service that embeds the engine (M-24): the same
/// authentication, the same refusals, the principal for [`Caller`](crate::kernel::principal::Caller) to take.
pub fn guard(ctx: &Ctx, guard: Guard) -> Entrance {
    let meters = ctx.meters.route(&http::Method::GET, EMBEDDED);
    let door = Door { path: EMBEDDED, guard, origin: FromOrigin::Ours, below_policy: false, charged: None, meters };
    Entrance { ctx: ctx.clone(), door: Some(Arc::new(door)), private: false }
}

/// How metrics and the audit log call the routes of whoever embeds the engine.
const EMBEDDED: &str = "(embedded)";

fn table(ctx: &Ctx, routes: Vec<Route>, private: bool) -> Router {
    let mut table = Router::new();
    for route in routes {
        let meters = ctx.meters.route(&route.method, route.path);
        let door = Door {
            path: route.path,
            guard: route.guard,
            origin: route.origin,
            below_policy: route.below_policy,
            charged: route.limited.filter(|_| route.charged),
            meters,
        };
        let entrance = Entrance { ctx: ctx.clone(), door: Some(Arc::new(door)), private };
        table = table.route(route.path, route.handler.layer(entrance));
    }
    let nowhere = Entrance { ctx: ctx.clone(), door: None, private };
    let unknown_method = || async { Error::new(Code::MethodNotAllowed, "This path does not know that method.") };
    table
        .fallback((|| async { Error::not_found() }).layer(nowhere.clone()))
        .method_not_allowed_fallback(unknown_method.layer(nowhere))
        .with_state(ctx.clone())
}

/// What stands in front of a handler: the outer layer and, where it is a route's, its door. One service for both,
/// since each layer of axum's own making costs a request several allocations.
#[derive(Clone)]
pub struct Entrance {
    ctx: Ctx,
    door: Option<Arc<Door>>,
    private: bool,
}

impl<S> Layer<S> for Entrance {
    type Service = Entered<S>;

    fn layer(&self, handler: S) -> Entered<S> {
        Entered { entrance: self.clone(), handler }
    }
}

/// A service behind an [`Entrance`].
#[derive(Clone)]
pub struct Entered<S> {
    entrance: Entrance,
    handler: S,
}

impl<S> Service<Request> for Entered<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), Infallible>> {
        // Handlers are always ready: axum's routes say so without being asked.
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { entrance, handler } = self.clone();
        Box::pin(async move {
            let inside = |parts, body, client| entrance.inside(parts, body, client, handler);
            Ok(outer::outer(&entrance.ctx, request, entrance.private, inside).await)
        })
    }
}

impl Entrance {
    async fn inside<S>(&self, mut parts: Parts, body: Body, client: Client, mut handler: S) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        let watch = stopwatch();
        let (mut response, left) = network::noting(async {
            if let Some(door) = &self.door
                && let Err(error) = door.admit(&self.ctx, &mut parts, &client, self.private).await
            {
                return error.into_response();
            }
            parts.extensions.insert(client);
            let Ok(response) = handler.call(Request::from_parts(parts, body)).await;
            response
        })
        .await;
        if let Some(left) = left {
            left.write(response.headers_mut());
        }
        if let Some(door) = &self.door {
            door.meters.count(response.status(), watch.elapsed());
        }
        response
    }
}

impl Door {
    async fn admit(&self, ctx: &Ctx, parts: &mut Parts, client: &Client, private: bool) -> Result<()> {
        match self.guard {
            Guard::Public => self.public(ctx, parts)?,
            Guard::Development => development(ctx, parts, client)?,
            Guard::Operations if private || operations_are_public(ctx) => {}
            guard => {
                let principal = principal(ctx, parts, client, self.below_policy).await?;
                if let Err(refusal) = permitted(ctx, parts, guard, &principal).await {
                    self.denied(ctx, parts, client, &principal).await?;
                    return Err(refusal);
                }
                parts.extensions.insert(principal);
            }
        }
        if let Some(policy) = self.charged {
            network::charge_network(ctx, policy, client).await?;
        }
        Ok(())
    }

    /// Sign-in and its like answer to no cookie, so only the origin can tell a forged one (rulings 19).
    fn public(&self, ctx: &Ctx, parts: &Parts) -> Result<()> {
        if csrf::changes_something(&parts.method) && self.origin == FromOrigin::Ours {
            csrf::check_origin(ctx, &parts.headers)?;
        }
        Ok(())
    }

    /// ASVS 16.3.2: whoever tries doors that are not theirs is found in the audit log.
    async fn denied(&self, ctx: &Ctx, parts: &Parts, client: &Client, principal: &Principal) -> Result<()> {
        let Some(unwritten) = ctx.denials.count(ctx.now(), principal.subject, &parts.method, self.path) else {
            return Ok(());
        };
        let event = Event::new("http.denied", Outcome::Denied)
            .subject(principal.subject)
            .by(&Who::of(principal, client))
            .detail("method", &parts.method)
            .detail("route", self.path);
        let event = if unwritten > 0 { event.detail("unwritten", unwritten) } else { event };
        ctx.audit.record(ctx, event).await
    }
}

fn operations_are_public(ctx: &Ctx) -> bool {
    ctx.settings.profile == Profile::Development || ctx.settings.telemetry.public
}

/// Loopback, without a proxy, under a name that means loopback: no web page may reach it by rebinding a name.
fn development(ctx: &Ctx, parts: &Parts, client: &Client) -> Result<()> {
    if ctx.settings.profile == Profile::Development && client.loopback && is_local(&parts.headers) {
        return Ok(());
    }
    Err(Error::not_found())
}

async fn principal(ctx: &Ctx, parts: &Parts, client: &Client, below_policy: bool) -> Result<Principal> {
    let (found, stale_cookie) =
        if below_policy { identify(ctx, parts, client).await? } else { authenticate(ctx, parts, client).await? };
    let Some(principal) = found else {
        let error = Error::new(Code::TokenMissing, "This needs a signed-in caller: send a credential.");
        return Err(if stale_cookie { error.clearing_session_cookie() } else { error });
    };
    if principal.credential == CredentialKind::Cookie
        && csrf::changes_something(&parts.method)
        && let Some(session) = principal.session
    {
        csrf::check(ctx, &parts.headers, &session.bytes())?;
    }
    Ok(principal)
}

async fn permitted(ctx: &Ctx, parts: &mut Parts, guard: Guard, principal: &Principal) -> Result<()> {
    if tokens::from_shared_secret(ctx, principal) && guard.permission().is_some() {
        let text = "Access tokens signed with a shared secret (HS256) administrate nothing. Use the session cookie.";
        return Err(Error::new(Code::Forbidden, text));
    }
    let here = principal.in_tenant.as_ref();
    let allowed = match guard {
        Guard::Public | Guard::Development | Guard::SignedIn => true,
        Guard::Person | Guard::RecentProof => principal.session.is_some(),
        Guard::Permission(permission) => principal.authority.allows(permission),
        Guard::Operations => principal.authority.allows(METRICS_READ),
        Guard::Reaching(permission) => {
            principal.authority.allows(permission) || here.is_some_and(|here| here.allows(permission))
        }
        Guard::Role(role) => principal.here().holds(role),
        Guard::InTenant(permission) => {
            let scope = into_tenant(ctx, parts, principal, permission).await?;
            parts.extensions.insert(scope);
            true
        }
    };
    if allowed {
        return Ok(());
    }
    Err(match (guard, guard.permission()) {
        (Guard::Role(role), _) => lacking_role(role),
        (_, Some(permission)) => lacking(permission),
        _ => Error::new(Code::Forbidden, "This is for a person with a session."),
    })
}
