//! Logging: one subscriber for the process, to standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::time::ChronoUtc;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging at `level` and above, unless `TIDINGS_LOG` says otherwise (the syntax of tracing's `EnvFilter`).
///
/// sled's own chatter begins at warnings.
pub fn start(level: LevelFilter, format: LogFormat, color: bool) {
    let default = format!("{level},sled=warn,pagecache=warn");
    let filter = std::env::var("TIDINGS_LOG")
        .ok()
        .and_then(|wanted| EnvFilter::try_new(wanted).ok())
        .or_else(|| EnvFilter::try_new(default).ok())
        .unwrap_or_default();
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let timer = ChronoUtc::new("%Y-%m-%dT%H:%M:%SZ".to_owned());
    // A second start (in tests) keeps the first subscriber.
    let _ = match format {
        LogFormat::Text => lines.with_ansi(color).with_timer(timer).try_init(),
        LogFormat::Json => lines.json().with_timer(timer).try_init(),
    };
}
