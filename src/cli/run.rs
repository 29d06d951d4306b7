//! `tidings run`.

use std::io::IsTerminal;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::args::Global;
use super::desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::scan::sentence;
use super::targets;
use crate::config::Config;
use crate::daemon::drain::Line;
use crate::daemon::report::{ScanReport, Status};
use crate::daemon::service::{self, Event, Load, News, Parts};
use crate::daemon::systemd::Systemd;
use crate::daemon::{App, clock};
use crate::model::text::counted;
use crate::store::EmbeddedStore;

/// How long closing the store may take. Nothing is lost by leaving it open; the next start checks more.
const CLOSING: Duration = Duration::from_secs(2);

/// Runs the service until SIGTERM or SIGINT; SIGHUP reads the config again.
pub(super) async fn run(global: &Global, output: &Output) -> Result<Exit, Failure> {
    // Before anything else, so that no signal ends the process without its goodbye.
    let Signals { mut stop, reloads } = Signals::catch()?;
    let (config, lines) = load(global)?;
    let listener = match config.serve {
        Some(serve) => Some(TcpListener::bind(serve.listen).await.map_err(|error| {
            // A second run meets the first one's address before it meets its store.
            if let Some(in_use) = EmbeddedStore::in_use(&config.data_dir) {
                return in_use.into();
            }
            let message = format!("cannot listen on {}: {error}", serve.listen);
            Failure::new(Exit::Output, message)
                .hint("choose another `serve.listen`, or switch it off with --listen false")
        })?),
        None => None,
    };
    let mut systemd = Systemd::from_env();
    let mut stop = pin!(async move { drop(stop.wait_for(|stop| *stop).await) });
    let opening = async {
        service::sane_clock(clock, &mut systemd).await;
        App::open(config).await
    };
    let app = tokio::select! {
        () = &mut stop => {
            systemd.stopping();
            return Ok(Exit::Done);
        }
        app = opening => Arc::new(app?),
    };
    let publisher = app.publisher()?;
    let global = global.clone();
    let load: Load = Arc::new(move || load(&global).map_err(|failure| failure.message));
    let desk = desk::Open::new(Arc::clone(&app), publisher.clone(), Arc::clone(&load));
    let voice = Voice {
        output,
        is_watched: std::io::stderr().is_terminal(),
        root: publisher.root().to_owned(),
        base_url: app.config.site.base_url.clone(),
    };
    let parts = Parts { app, publisher, lines, listener, systemd };
    let tell = |event: Event, app: &Arc<App<EmbeddedStore>>| {
        if let (Event::Reloaded(_), Some(desk)) = (&event, &desk) {
            desk.replace(Arc::clone(app));
        }
        voice.tell(event);
    };
    let (app, done) = service::run(parts, load, reloads, tell, stop).await;
    if let Some(desk) = desk {
        desk.close().await;
    }
    close(app).await?;
    done?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// The config, which must have something to watch, and the lines to its targets, which must all be had.
fn load(global: &Global) -> Result<(Config, Vec<Line>), Failure> {
    let config = super::load(global)?;
    if config.listings.is_empty() {
        let message = format!("{} has no [[listing]]: there is nothing to watch", config.path.display());
        return Err(Failure::new(Exit::Config, message));
    }
    let (lines, faults) = targets::lines(&config);
    if !faults.is_empty() {
        return Err(Failure::new(Exit::Config, faults.join("\n")));
    }
    Ok((config, lines))
}

async fn close(app: Arc<App<EmbeddedStore>>) -> Result<(), Failure> {
    let Ok(app) = Arc::try_unwrap(app) else { return Ok(()) };
    match tokio::time::timeout(CLOSING, app.close()).await {
        Ok(closed) => Ok(closed?),
        Err(_) => {
            tracing::warn!("the disk is slow; the store is left as it is, and the next start looks it over");
            Ok(())
        }
    }
}

/// How the service speaks: in plain sentences to whoever watches, in log lines otherwise.
struct Voice<'a> {
    output: &'a Output,
    is_watched: bool,
    root: std::path::PathBuf,
    base_url: String,
}

impl Voice<'_> {
    fn tell(&self, event: Event) {
        match event {
            Event::Ready { reports, published, served, next } => {
                reports.iter().for_each(|report| self.line(&sentence(report)));
                self.started(published.feeds, &self.root, served);
                if let Some((listing, due)) = next.first() {
                    self.line(&format!("next look at {due} ({listing}); stop with Ctrl-C"));
                }
            }
            Event::Scanned { report, news } if self.is_watched => self.line(&spoken(&report, news)),
            Event::Scanned { report, news } => log(&report, news),
            Event::Slow(listing) => {
                tracing::warn!(listing, "a look takes longer than the schedule allows; some are skipped");
            }
            Event::Publishing(Some(why)) => {
                tracing::error!(why, "files cannot be published; their last good versions stay");
            }
            Event::Publishing(None) => tracing::info!("all files can be published again"),
            Event::Store(Some(why)) => {
                tracing::error!(why, "nothing can be remembered, so nothing is announced; it is tried again");
            }
            Event::Store(None) => tracing::info!("everything can be remembered again"),
            Event::Reloaded(what) if self.is_watched => self.line(&what.to_string()),
            Event::Reloaded(what) => tracing::info!("{what}"),
            Event::Refused(why) if self.is_watched => {
                let message = format!("the old config stays in use\n{}", why.trim_end());
                super::complain(&Failure::new(Exit::Config, message));
            }
            Event::Refused(why) => tracing::error!("the old config stays in use: {}", why.trim_end()),
            Event::Target(news) => targets::say(&news),
            Event::Summary(what) => tracing::warn!("{what}"),
        }
    }

    fn started(&self, feeds: usize, root: &Path, served: Option<std::net::SocketAddr>) {
        self.line(&format!("{} in {}", counted(feeds, "feed"), root.display()));
        if let Some(address) = served {
            let base_url = &self.base_url;
            self.line(&format!("serving them on http://{address}/ (all of them: {base_url}/feeds/all.atom)"));
        }
    }

    /// A closed standard output does not stop a service.
    fn line(&self, text: &str) {
        let _ = self.output.line(text);
    }
}

fn spoken(report: &ScanReport, news: News) -> String {
    let sentence = sentence(report);
    match (news, sentence.split_once(": ")) {
        (News::Recovered, Some((listing, what))) => format!("{listing}: well again, {what}"),
        _ => sentence,
    }
}

fn log(report: &ScanReport, news: News) {
    let (listing, health, articles) = (report.listing.as_str(), report.health.name(), report.articles);
    let (new, updated, removed) = (report.new.len(), report.updated.len(), report.removed.len());
    let (returned, duration_ms) = (report.returned.len(), report.duration_ms);
    let reason = plain(&report.reason);
    match news {
        News::Quiet => tracing::info!(listing, reason, articles, "listing is unusually quiet"),
        _ if !report.health.is_well() => {
            tracing::warn!(listing, health, reason, articles, new, updated, "listing in trouble");
        }
        News::Recovered => {
            tracing::info!(listing, articles, new, updated, removed, returned, "listing is well again");
        }
        _ if report.status == Status::Baseline => {
            tracing::info!(listing, articles, duration_ms, "first look, nothing announced");
        }
        _ => {
            tracing::info!(
                listing,
                articles,
                new,
                updated,
                removed,
                returned,
                duration_ms,
                "articles changed"
            );
        }
    }
}

/// What the process is told from outside.
struct Signals {
    stop: watch::Receiver<bool>,
    reloads: mpsc::Receiver<()>,
}

impl Signals {
    /// Catches SIGTERM, SIGINT and SIGHUP from here on; however many come, and in whatever order.
    fn catch() -> Result<Self, Failure> {
        let catch = |kind| {
            signal(kind).map_err(|error| Failure::new(Exit::Bug, format!("cannot catch signals: {error}")))
        };
        let (terminate, interrupt) = (catch(SignalKind::terminate())?, catch(SignalKind::interrupt())?);
        let hangup = catch(SignalKind::hangup())?;
        let (stops, stop) = watch::channel(false);
        // One reload that waits is as good as many.
        let (asks, reloads) = mpsc::channel(1);
        tokio::spawn(listen(terminate, interrupt, hangup, stops, asks));
        Ok(Self { stop, reloads })
    }
}

async fn listen(
    mut terminate: Signal,
    mut interrupt: Signal,
    mut hangup: Signal,
    stops: watch::Sender<bool>,
    reloads: mpsc::Sender<()>,
) {
    let was_watched = std::io::stderr().is_terminal();
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                // A terminal that was closed sends the same signal.
                if was_watched && !std::io::stderr().is_terminal() {
                    break;
                }
                let _ = reloads.try_send(());
            }
        }
    }
    let _ = stops.send(true);
    // Later signals change nothing; the sender stays, so that nobody takes its end for a word.
    stops.closed().await;
}
