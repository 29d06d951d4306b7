//! Where commands are carried out: in this process, or in the daemon that has the store open.
//!
//! Each command is one function of a [`Desk`] and an [`Output`], called either way, so that it prints the same.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::args::{
    ArticlesArgs, Command, DeliveriesAction, DeliveriesArgs, DropDeliveries, ListingCommand, StoreCommand,
};
use super::exit::{Exit, Failure};
use super::output::{Look, Output};
use super::{decide, deliveries, explain, listing, reload, scan, status, store, targets};
use crate::config::Config;
use crate::daemon::admin::{self, Answer, AskError, End, Socket, Told};
use crate::daemon::publishing::{Published, Publisher};
use crate::daemon::service::Load;
use crate::daemon::{App, clock, drain};
use crate::model::Timestamp;
use crate::model::text::counted;
use crate::store::{EmbeddedStore, Store as _, StoreError};

/// How long a command waits for a store that another process has open and for a daemon that has just started.
const WAIT_SECONDS: i64 = 2;

/// How long it waits before it looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// What commands work with.
#[derive(Clone)]
pub(super) struct Desk {
    /// The config and the store.
    pub app: Arc<App<EmbeddedStore>>,
    /// What is published from it; opened when it is needed, unless a daemon has it open.
    published: Option<Publisher<EmbeddedStore>>,
    /// Whether a daemon looks after the store.
    pub daemon: bool,
    /// When this process began to work with the store.
    begun: Timestamp,
    /// Reads the config as it is now, where that may be another one than the app's.
    load: Option<Load>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("daemon", &self.daemon).finish_non_exhaustive()
    }
}

impl Desk {
    /// What publishes.
    ///
    /// # Errors
    /// Exit code 7 when the published tree cannot be written.
    pub(super) fn publisher(&self) -> Result<Publisher<EmbeddedStore>, Failure> {
        match &self.published {
            Some(publisher) => Ok(publisher.clone()),
            None => Ok(self.app.publisher()?),
        }
    }

    /// The config as its file has it now.
    ///
    /// # Errors
    /// Exit code 3 when it cannot be read, or has faults.
    pub(super) async fn config_now(&self) -> Result<Config, Failure> {
        let Some(load) = self.load.clone() else { return Ok(self.app.config.clone()) };
        let loaded = tokio::task::spawn_blocking(move || load()).await;
        let loaded = loaded.map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
        loaded.map(|(config, _)| config).map_err(|message| Failure::new(Exit::Config, message))
    }

    /// Publishes what a command changed.
    ///
    /// # Errors
    /// Exit code 7 when a file cannot be written; its last good version stays.
    pub(super) async fn publish(&self) -> Result<Published, Failure> {
        let published = self.publisher()?.publish().await?;
        if published.failed > 0 {
            let (count, first) = (published.failed, published.trouble.unwrap_or_default());
            let files = counted(count, "file");
            let message = format!("{files} could not be published; what was there before stays");
            return Err(Failure::new(Exit::Output, message).hint(format!("the first: failed to {first}")));
        }
        Ok(published)
    }

    /// Sends what is owed, or has the daemon do it. A target that cannot be had or sent to is said, and no failure: what
    /// it is owed waits.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn send(&self) -> Result<(), Failure> {
        if self.daemon {
            self.app.bell.ring();
            return Ok(());
        }
        let (lines, faults) = targets::lines(&self.app.config);
        for fault in faults {
            tracing::warn!("{fault}; its messages wait");
        }
        for news in drain::once(&self.app.store, lines, &self.app.clock, self.begun).await? {
            targets::say(&news);
        }
        Ok(())
    }
}

impl Desk {
    /// Keeps the store small, where no daemon does and that pays: a store that is only ever scanned by a timer must not
    /// grow for ever.
    pub(super) async fn tend(&self) {
        if self.daemon {
            return;
        }
        if let Err(error) = self.app.store.tend(self.app.config.keep.history, self.app.clock.now()).await {
            tracing::warn!(%error, "the store could not be made smaller; it goes on as it was");
        }
    }
}

/// A command on its way to a daemon.
#[derive(Serialize, Deserialize)]
struct Request {
    command: Command,
    look: Look,
}

/// Carries out a command, by the daemon if one runs.
pub(super) async fn carry_out(config: Config, command: &Command, output: &Output) -> Result<Exit, Failure> {
    let given_up = clock().plus(WAIT_SECONDS);
    loop {
        if let Some(exit) = ask(&config.data_dir, command, output).await? {
            return Ok(exit);
        }
        match alone(config.clone(), command, output).await {
            // A daemon that has just started, or another command that will soon be done.
            Err(failure) if failure.exit == Exit::InUse && clock() < given_up => {
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Asks the daemon of a data folder; `None` when there is none.
pub(super) async fn ask(
    data_dir: &Path,
    command: &Command,
    output: &Output,
) -> Result<Option<Exit>, Failure> {
    let request = Request { command: command.clone(), look: output.look };
    let request =
        serde_json::to_string(&request).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    let mut failed = None;
    let mut teller = output.teller();
    let line = |line: String| match output.try_line(&line) {
        Ok(reads_on) => reads_on,
        Err(failure) => {
            failed = Some(failure);
            false
        }
    };
    let end = match admin::ask(data_dir, &request, line, |told| teller.pass_on(&told)).await {
        Ok(end) => end,
        Err(AskError::NoDaemon) => return Ok(None),
        Err(error @ AskError::Silent(_)) => {
            let message = format!("the data folder {} is in use, and {error}", data_dir.display());
            return Err(Failure::new(Exit::InUse, message)
                .hint("run this as the user that the daemon runs as; if it hangs, stop it"));
        }
        Err(error @ AskError::Broken(_)) => return Err(Failure::new(Exit::InUse, error.to_string())),
    };
    match (failed, end.message) {
        (Some(failure), _) => Err(failure),
        (None, Some(message)) => Err(Failure { exit: Exit::from_code(end.exit), message, hint: end.hint }),
        (None, None) => Ok(Some(Exit::from_code(end.exit))),
    }
}

/// Opens the store for one command.
async fn alone(config: Config, command: &Command, output: &Output) -> Result<Exit, Failure> {
    let begun = config.data_dir.join("journal").exists() || config.data_dir.join("state.json").exists();
    if !begun && let Some(done) = before_the_first_scan(&config, command, output) {
        return done;
    }
    let begun = clock();
    let opened = match command {
        command if command.changes_something() => App::open(config).await,
        Command::Store(StoreCommand::Check(args)) => match App::open_undeclared(config.clone()).await {
            Err(error @ (StoreError::Damaged { .. } | StoreError::Newer { .. })) => {
                return store::check_unopened(&config, error, args.json, output).await;
            }
            opened => opened,
        },
        _ => App::open_undeclared(config).await,
    };
    let app = opened?;
    let desk = Desk { app: Arc::new(app), published: None, daemon: false, begun, load: None };
    let done = execute(&desk, command, output).await;
    if let Ok(app) = Arc::try_unwrap(desk.app) {
        app.close().await?;
    }
    done
}

/// Commands that only look do not make a store.
fn before_the_first_scan(
    config: &Config,
    command: &Command,
    output: &Output,
) -> Option<Result<Exit, Failure>> {
    match command {
        Command::Explain(args) => {
            let message = format!("there is no article `{}`", super::output::plain(&args.article));
            Some(Err(Failure::new(Exit::NotFound, message)
                .hint("nothing is remembered yet; `tidings scan` begins")))
        }
        Command::Scan(args) => scan::chosen(config, &args.listings).err().map(Err),
        // An example is shown where there is no article yet.
        Command::Deliveries(DeliveriesArgs { action: Some(DeliveriesAction::Preview(_)), .. }) => None,
        command if command.changes_something() => None,
        command => Some(match command.is_json() {
            true => Ok(Exit::Done),
            false => output.line("nothing is remembered yet; `tidings scan` begins").map(|()| Exit::Done),
        }),
    }
}

impl Command {
    /// Whether it writes to the store.
    fn changes_something(&self) -> bool {
        match self {
            Self::Articles(args) => args.action.is_some(),
            Self::Deliveries(args) => !matches!(
                args.action,
                None | Some(
                    DeliveriesAction::List(_)
                        | DeliveriesAction::Show(_)
                        | DeliveriesAction::Preview(_)
                        | DeliveriesAction::Drop(DropDeliveries { dry_run: true, .. })
                )
            ),
            Self::Listing(ListingCommand::Reread(_)) => false,
            Self::Scan(_) | Self::Listing(_) | Self::Target(_) => true,
            _ => false,
        }
    }

    /// Whether it prints JSON.
    fn is_json(&self) -> bool {
        match self {
            Self::Feeds(args)
            | Self::Status(args)
            | Self::Store(StoreCommand::Check(args) | StoreCommand::Stats(args)) => args.json,
            Self::Explain(args) => args.json,
            Self::Articles(args) => args.json,
            Self::Tags(args) => args.json,
            Self::Listing(ListingCommand::Reread(args)) => args.json,
            Self::Deliveries(args) => match &args.action {
                None => args.list.json,
                Some(DeliveriesAction::List(list)) => list.json,
                Some(_) => false,
            },
            _ => false,
        }
    }
}

/// Carries out one command.
async fn execute(desk: &Desk, command: &Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Scan(args) if !args.dry_run => scan::scan(desk, args, output).await,
        Command::Feeds(args) => listing::feeds(desk, args.json, output).await,
        Command::Articles(ArticlesArgs { action: Some(action), .. }) => {
            decide::article(desk, action, output).await
        }
        Command::Articles(args) => listing::articles(desk, args, output).await,
        Command::Status(args) => status::status(desk, args.json, output).await,
        Command::Explain(args) => explain::explain(desk, args, output).await,
        Command::Listing(command) => decide::listing(desk, command, output).await,
        Command::Deliveries(args) => deliveries::deliveries(desk, args, output).await,
        Command::Target(command) => deliveries::target(desk, command, output).await,
        Command::Reload => reload::take(desk, output).await,
        Command::Tags(args) => listing::tags(desk, args, output).await,
        Command::Store(StoreCommand::Check(args)) => store::check(desk, args.json, output).await,
        Command::Store(StoreCommand::Stats(args)) => store::stats(desk, args.json, output).await,
        Command::Store(StoreCommand::Rebuild { skip_bad_lines: false, json }) => {
            store::rebuild_beside(desk, *json, output).await
        }
        Command::Store(StoreCommand::Rebuild { .. }) => Err(Failure::new(
            Exit::InUse,
            "a daemon has the store open, and the journal cannot be written anew under it",
        )
        .hint("stop the daemon first (`systemctl stop tidings`), then run this again")),
        Command::Store(StoreCommand::Compact { history, json }) => {
            store::compact(desk, *history, *json, output).await
        }
        Command::Run
        | Command::Preview(_)
        | Command::Add(_)
        | Command::Check(_)
        | Command::Log(_)
        | Command::Init(_)
        | Command::Export(_)
        | Command::Import(_)
        // A dry run scans a copy of the store, in the process of who asks for it.
        | Command::Scan(_) => Err(Failure::new(Exit::Usage, "this command is none for a daemon")),
    }
}

/// The desk of a running daemon: what reaches it by its socket is carried out here.
#[derive(Debug)]
pub(super) struct Open {
    desk: Arc<Mutex<Desk>>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Open {
    /// Takes commands from now on. `None`, and a warning, where there can be no socket: the daemon does without.
    pub(super) fn new(
        app: Arc<App<EmbeddedStore>>,
        publisher: Publisher<EmbeddedStore>,
        load: Load,
    ) -> Option<Self> {
        let socket = match Socket::bind(&app.config.data_dir) {
            Ok(socket) => socket,
            Err(error) => {
                let path = admin::path(&app.config.data_dir);
                tracing::warn!(%error, path = %path.display(), "commands cannot reach this daemon");
                return None;
            }
        };
        let (published, load) = (Some(publisher), Some(load));
        let desk = Arc::new(Mutex::new(Desk { app, published, daemon: true, begun: clock(), load }));
        let (stop, stopped) = oneshot::channel();
        let at = Arc::clone(&desk);
        let handler = move |request: String, told: Told| {
            let desk = at.lock().unwrap_or_else(PoisonError::into_inner).clone();
            async move { answer(desk, &request, told).await }
        };
        let served = tokio::spawn(admin::serve(socket, handler, async { drop(stopped.await) }));
        Some(Self { desk, stop, served })
    }

    /// Works with another config from now on; commands under way finish with the one they began with.
    pub(super) fn replace(&self, app: Arc<App<EmbeddedStore>>) {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner).app = app;
    }

    /// Takes no more commands, waits for those under way (at most five seconds), and removes the socket.
    pub(super) async fn close(self) {
        let Self { desk, stop, served } = self;
        drop(stop);
        drop(served.await);
        drop(desk);
    }
}

/// Carries out a request that came by the socket.
async fn answer(desk: Desk, request: &str, told: Told) -> Answer {
    let Request { command, look } = match serde_json::from_str(request) {
        Ok(request) => request,
        Err(error) => {
            let message = format!("the daemon does not understand this command: {error}");
            let hint = Some("it may be of another version; restart it".to_owned());
            return Answer {
                lines: Vec::new(),
                end: End { exit: Exit::Usage as u8, message: Some(message), hint },
            };
        }
    };
    let output = Output::kept(look, told);
    let end = match execute(&desk, &command, &output).await {
        Ok(exit) => End { exit: exit as u8, ..End::default() },
        Err(Failure { exit, message, hint }) => End { exit: exit as u8, message: Some(message), hint },
    };
    Answer { lines: output.into_lines(), end }
}
