//! The command line: arguments in, reports and an exit code out.

mod add;
pub mod args;
mod check;
mod decide;
mod deliveries;
mod desk;
mod exit;
mod explain;
mod export;
mod import;
mod init;
mod listing;
mod log;
mod output;
mod preview;
mod progress;
mod reload;
mod reread;
mod run;
mod scan;
mod status;
mod store;
mod targets;
mod trial;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

use self::args::{Cli, Command, Global, StoreCommand};
use self::exit::{Exit, Failure};
use self::output::Output;
use crate::config::{self, Config, Environment, LoadError};
use crate::daemon::telemetry;

/// How long threads that wait for a disk may take at the end.
const LAST_THREADS: Duration = Duration::from_secs(1);

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let output = Output::stdout(cli.global.color);
    let terminal = std::io::stderr().is_terminal();
    let service = matches!(cli.command, None | Some(Command::Run));
    telemetry::start(
        level(cli.global.verbose, (service || is_long(cli.command.as_ref())) && !terminal),
        cli.global.log_format,
        output.look.color && terminal,
    );
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Bug, format!("cannot start: {error}")))
        .and_then(|runtime| {
            let done = runtime.block_on(dispatch(&cli, &output));
            // A disk that hangs must not keep the process: what is acknowledged is durable.
            runtime.shutdown_timeout(LAST_THREADS);
            done
        });
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            complain(&failure);
            failure.exit.into()
        }
    }
}

/// Warnings always; more when asked, and from a service that nobody watches.
fn level(verbose: u8, unwatched: bool) -> LevelFilter {
    match verbose.saturating_add(u8::from(unwatched)) {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Whether it may take so long that a log should tell how far it is.
fn is_long(command: Option<&Command>) -> bool {
    matches!(command, Some(Command::Export(_) | Command::Import(_) | Command::Store(_)))
}

async fn dispatch(cli: &Cli, output: &Output) -> Result<Exit, Failure> {
    match &cli.command {
        None | Some(Command::Run) => run::run(&cli.global, output).await,
        Some(Command::Preview(args)) => {
            let config = match find(&cli.global)? {
                Some(config) => config,
                // Without any, as without a word in it.
                None => {
                    config::parse("", Path::new("none"), &environment(&cli.global)?)
                        .map_err(|faults| Failure::new(Exit::Bug, faults.to_string()))?
                        .config
                }
            };
            preview::preview(config, args, output).await
        }
        Some(Command::Add(args)) => add::add(&cli.global, args, output).await,
        Some(Command::Check(args)) => check::check(&cli.global, args.json, output),
        Some(command @ Command::Store(StoreCommand::Rebuild { skip_bad_lines, json })) => {
            store::rebuild(load(&cli.global)?, command, *skip_bad_lines, *json, output).await
        }
        Some(Command::Export(args)) => export::export(load(&cli.global)?, args, output).await,
        Some(Command::Import(args)) => import::import(load(&cli.global)?, args, output).await,
        Some(Command::Log(args)) => log::log(&load(&cli.global)?, args, output).await,
        Some(Command::Init(args)) => init::init(&cli.global, args, output),
        Some(Command::Reload) => reload::ask(&load(&cli.global)?, output).await,
        Some(Command::Scan(args)) => {
            let config = load(&cli.global)?;
            let args = scan::take_stdin(&config, args.clone())?;
            match args.dry_run {
                true => scan::dry_run(config, &args, output).await,
                false => desk::carry_out(config, &Command::Scan(args), output).await,
            }
        }
        Some(command) => {
            let config = load(&cli.global)?;
            if let Command::Store(_) = command {
                store::must_exist(&config)?;
            }
            desk::carry_out(config, command, output).await
        }
    }
}

/// Loads the config, and says what is odd about it.
fn load(global: &Global) -> Result<Config, Failure> {
    let paths = config::places(global.config.as_deref(), None);
    match find(global)? {
        Some(config) => Ok(config),
        None => {
            let tried: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let message = format!("there is no config; looked for {}", tried.join(", then "));
            Err(Failure::new(Exit::Config, message).hint("name one with --config FILE or $TIDINGS_CONFIG"))
        }
    }
}

/// Loads the first config there is; `None` when there is none at all.
fn find(global: &Global) -> Result<Option<Config>, Failure> {
    let env = environment(global)?;
    for path in config::places(global.config.as_deref(), None) {
        match config::load(&path, &env) {
            Ok(checked) => {
                for warning in checked.warnings.as_slice() {
                    tracing::warn!(config = %path.display(), line = warning.line, "{}", warning.message);
                }
                return Ok(Some(checked.config));
            }
            Err(LoadError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound && global.config.is_none() => {}
            Err(LoadError::Faults(faults)) => {
                let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                return Err(Failure::new(Exit::Config, format!("{}{faults}", faults.render(color))));
            }
            Err(LoadError::Read { path, source }) => {
                return Err(Failure::new(
                    Exit::Config,
                    format!("cannot read config {}: {source}", path.display()),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn environment(global: &Global) -> Result<Environment, Failure> {
    let working_dir = std::env::current_dir().map_err(|error| {
        Failure::new(Exit::Config, format!("the working directory cannot be read: {error}"))
    })?;
    let env = Environment::new(working_dir, |name| std::env::var(name).ok());
    Ok(env.with_flags(global.data_dir.clone(), global.base_url.clone(), global.listen.clone()))
}

fn complain(failure: &Failure) {
    use std::io::Write;
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "tidings: {}", failure.message);
    if let Some(hint) = &failure.hint {
        let _ = writeln!(err, "hint: {hint}");
    }
}
