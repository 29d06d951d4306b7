//! `tidings run`.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::desk;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::scan::sentence;
use crate::config::Config;
use crate::daemon::App;
use crate::daemon::service::{self, Event};

/// Runs the service until SIGTERM or SIGINT.
pub(super) async fn run(config: Config, output: &Output) -> Result<Exit, Failure> {
    if config.listings.is_empty() {
        let message = format!("{} has no [[listing]]: there is nothing to watch", config.path.display());
        return Err(Failure::new(Exit::Config, message));
    }
    let listener = match config.serve {
        Some(serve) => Some(TcpListener::bind(serve.listen).await.map_err(|error| {
            let message = format!("cannot listen on {}: {error}", serve.listen);
            Failure::new(Exit::Output, message)
                .hint("choose another `serve.listen`, or switch it off with --listen false")
        })?),
        None => None,
    };
    let stop = stopped()?;
    let app = Arc::new(App::open(config).await?);
    let publisher = app.publisher()?;
    let root = publisher.root().to_owned();
    let base_url = app.config.site.base_url.clone();
    let tell = |event: Event| {
        let Event::Ready { reports, published, served, next } = event;
        // A closed standard output does not stop a service.
        for report in &reports {
            let _ = output.line(&sentence(report));
        }
        let _ = output.line(&format!("{} feeds in {}", published.feeds, root.display()));
        if let Some(address) = served {
            let _ = output
                .line(&format!("serving them on http://{address}/ (all of them: {base_url}/feeds/all.atom)"));
        }
        if let Some((listing, due)) = next.first() {
            let _ = output.line(&format!("next look at {due} ({listing}); stop with Ctrl-C"));
        }
    };
    let desk = desk::Open::new(Arc::clone(&app), publisher.clone());
    let done = service::run(Arc::clone(&app), publisher, listener, tell, stop).await;
    if let Some(desk) = desk {
        desk.close().await;
    }
    if let Ok(app) = Arc::try_unwrap(app) {
        app.close().await?;
    }
    done?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Ready when the process is told to stop.
fn stopped() -> Result<impl Future<Output = ()> + Unpin, Failure> {
    let catch = |kind| {
        signal(kind).map_err(|error| Failure::new(Exit::Bug, format!("cannot catch signals: {error}")))
    };
    let (mut terminate, mut interrupt) = (catch(SignalKind::terminate())?, catch(SignalKind::interrupt())?);
    Ok(Box::pin(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }))
}
