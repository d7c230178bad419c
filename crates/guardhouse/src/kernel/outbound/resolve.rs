use std::{fmt, net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::allow::Allowed;

/// A host that resolved to nothing that may be called.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} resolves to no address that may be called", self.0)
    }
}

impl std::error::Error for Refused {}

/// Resolves through the system and hands on only what may be called. The client connects to exactly these addresses, so
/// a name that answers differently a moment later gains nothing (`O17`, rebinding).
pub(super) struct Resolver(Arc<Allowed>);

impl Resolver {
    pub(super) fn new(allowed: Arc<Allowed>) -> Arc<Self> {
        Arc::new(Self(allowed))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let open = screen(&allowed, &host, found)?;
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// One forbidden address among several refuses the name: an honest one has none.
pub(super) fn screen(allowed: &Allowed, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
    if !found.is_empty() && (allowed.host(host) || found.iter().all(|one| allowed.address(one.ip()))) {
        return Ok(found);
    }
    Err(Refused(host.to_owned()))
}
