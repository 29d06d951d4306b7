//! Names to addresses, all of which are checked; and none other is connected to.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{Class, Network};

/// A lookup on its way.
pub(super) type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
/// How names are looked up; tests answer for themselves.
pub(super) type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;

/// A way of looking names up, for whom a request is none.
#[derive(Clone)]
pub(super) struct Names(pub(super) Lookup);

impl Names {
    /// All addresses of a name.
    pub(super) async fn ask(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        (self.0)(name.to_owned()).await
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

/// As the system does it: its hosts file, its name servers.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Looks names up for connections of one class.
pub(super) struct Resolver {
    /// `None` looks up the name of a proxy, which may be anywhere.
    pub(super) class: Option<Class>,
    /// Networks that the operator named.
    pub(super) allowed: Arc<[Network]>,
    pub(super) lookup: Lookup,
}

impl Resolve for Resolver {
    /// Gives the addresses of a name, if every one of them may be reached. One that may not refuses all: a name that
    /// leads both outside and inside is a trap, or a mistake that somebody should see.
    fn resolve(&self, name: Name) -> Resolving {
        let (class, allowed) = (self.class, Arc::clone(&self.allowed));
        let looking = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let found = looking.await?;
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "it has no address").into());
            }
            if let Some(class) = class {
                for ip in &found {
                    class.check_ip(*ip, &allowed)?;
                }
            }
            // Port 0 stands for the port of the request.
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}
