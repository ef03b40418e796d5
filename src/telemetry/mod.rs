//! The log: lines to stderr and to daily files, no secret of a dependency in either, none lost unnoticed.

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, error, warn};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{EnvFilter, ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{DefaultFields, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::metrics::Metrics;

use writer::Steady;

/// Libraries that say much at work and warn seldom: silent below a warning unless the level names them.
const NOISY: [&str; 8] = ["h2", "hyper", "hyper_util", "reqwest", "rustls", "sqlx", "tokio_cron_scheduler", "tower"];

/// Libraries whose finest lines may hold a header, and with it the access token: capped whatever the level says.
const TELLTALE: [&str; 7] = ["h2", "hyper", "hyper_util", "reqwest", "rustls", "sqlx", "tower"];

/// Lines that may wait to be written, in each place: a first load says a few hundred. Their room is taken at once.
const QUEUE: usize = 2_048;

/// How often lost lines are looked for.
const LOSSES_EVERY: Duration = Duration::from_secs(60);

/// Where the log goes, and what is worth a line.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of the daily files; `None` means stderr only.
    pub directory: Option<PathBuf>,
    /// Daily files kept.
    pub files_kept: usize,
    /// How a line looks.
    pub format: Format,
    /// What is worth a line: a level, or a filter such as `info,adsync=debug`.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Keeps the log going; dropping it writes what still waits. The default one keeps no log: for whoever runs adsync inside a
/// program that has its own.
#[derive(Debug, Default)]
pub struct Telemetry {
    writers: Vec<WorkerGuard>,
    losses: Losses,
}

/// What did not reach the log.
#[derive(Debug, Clone, Default)]
struct Losses {
    /// Lines that found their queue full: the place is too slow, or stuck.
    queues: Vec<ErrorCounter>,
    /// Lines that could not be written.
    unwritten: Arc<AtomicU64>,
}

impl Telemetry {
    /// Starts the log of a command, whose lines wait for whoever reads stderr, as all that it prints. What is wrong with the
    /// settings is said on stderr; nothing here stops the process.
    pub fn init(settings: &Settings) -> Self {
        Self::start(settings, false)
    }

    /// Starts the log of a daemon: nobody who reads its stderr, or does not, holds up its work.
    pub fn init_daemon(settings: &Settings) -> Self {
        Self::start(settings, true)
    }

    fn start(settings: &Settings, is_daemon: bool) -> Self {
        let (filter, bad_level) = match filter(&settings.level) {
            Ok(filter) => (filter, None),
            Err(error) => (EnvFilter::new("info"), Some(error)),
        };
        let mut telemetry = Self::default();
        let (file, bad_folder) = match settings.directory.as_deref().map(|path| daily_files(path, settings.files_kept))
        {
            Some(Ok(files)) => (Some(telemetry.queue(files, "log.directory")), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        // A second start, as tests have it, keeps the first log.
        let is_first = if is_daemon {
            let stderr = telemetry.queue(io::stderr(), "stderr");
            let subscriber = subscriber(settings.format, filter, stderr, colours, file);
            tracing::subscriber::set_global_default(subscriber).is_ok()
        } else {
            let subscriber = subscriber(settings.format, filter, io::stderr, colours, file);
            tracing::subscriber::set_global_default(subscriber).is_ok()
        };
        if is_first {
            std::panic::set_hook(Box::new(log_panic));
        }
        if let Some(error) = bad_level {
            warn!(level = settings.level, error = %error, "log.level cannot be read, info is used");
        }
        if let Some(error) = bad_folder {
            let directory = settings.directory.as_deref().unwrap_or(Path::new(""));
            warn!(directory = %directory.display(), error, "log.directory cannot be written, stderr only");
        }
        telemetry
    }

    /// A writer that never waits for `place`, which a thread of its own writes to.
    fn queue(&mut self, inner: impl io::Write + Send + 'static, place: &'static str) -> NonBlocking {
        let steady = Steady::new(inner, place, Arc::clone(&self.losses.unwritten));
        let queue = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUE).thread_name("log");
        let (writer, guard) = queue.finish(steady);
        self.losses.queues.push(writer.error_counter());
        self.writers.push(guard);
        writer
    }

    /// Tells how many lines were lost: not taken by a full disk, a reader that is gone, or a place that is too slow.
    pub fn dropped_lines(&self) -> u64 {
        self.losses.total()
    }

    /// Counts lost lines into `metrics`, and logs when more were lost, until `cancel`.
    pub fn watch_losses(&self, metrics: Metrics, cancel: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let losses = self.losses.clone();
        async move {
            let mut known = 0;
            loop {
                let total = losses.total();
                metrics.log_lines_dropped(total);
                if total > known {
                    let lost = total - known;
                    warn!(lost, total, "log lines were lost: log.directory or stderr is full, gone or too slow");
                    known = total;
                }
                tokio::select! {
                    () = cancel.cancelled() => return,
                    () = tokio::time::sleep(LOSSES_EVERY) => {}
                }
            }
        }
    }
}

impl Losses {
    fn total(&self) -> u64 {
        let dropped = |queue: &ErrorCounter| u64::try_from(queue.dropped_lines()).unwrap_or(u64::MAX);
        self.queues.iter().map(dropped).fold(self.unwritten.load(Ordering::Relaxed), u64::saturating_add)
    }
}

/// Why a level or filter cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LevelError {
    /// A word that is no level; taken for the name of a module it would silence all others.
    #[error(
        "`{0}` is not a level: write off, error, warn, info, debug, trace, or a filter such as \"info,adsync=debug\""
    )]
    NotALevel(String),
    /// A part that cannot be read.
    #[error(transparent)]
    Filter(#[from] ParseError),
}

/// Judges a level or filter without using it.
pub fn check_level(level: &str) -> Result<(), LevelError> {
    filter(level).map(drop)
}

/// Reads a level or filter; libraries are quiet unless it names them.
fn filter(level: &str) -> Result<EnvFilter, LevelError> {
    let mut parts: Vec<String> = NOISY.iter().map(|target| format!("{target}=warn")).collect();
    for part in level.split(',').map(str::trim) {
        // An empty text parses as a level too: as error.
        if part.is_empty() || (!part.contains(['=', '[']) && part.parse::<LevelFilter>().is_err()) {
            return Err(LevelError::NotALevel(part.to_owned()));
        }
        // The later of two directives for one target counts, so what was asked for stands last.
        parts.push(part.to_owned());
    }
    Ok(EnvFilter::builder().parse(parts.join(","))?)
}

/// The cap that no setting lifts.
fn cap() -> Targets {
    TELLTALE.iter().fold(Targets::new().with_default(LevelFilter::TRACE), |cap, target| {
        cap.with_target(*target, LevelFilter::INFO)
    })
}

/// Opens the daily files, which roll over by the UTC day.
fn daily_files(directory: &Path, kept: usize) -> Result<RollingFileAppender, String> {
    // The appender would make the folder as well, but complains on stderr before it does.
    std::fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("adsync")
        .filename_suffix("log")
        .max_log_files(kept.max(1))
        .build(directory)
        // Its own message only names the step; the cause is what helps.
        .map_err(|error| std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string))
}

/// Puts the log together: both caps first, then one layer for stderr and one for the files.
fn subscriber<W>(
    format: Format,
    filter: EnvFilter,
    stderr: W,
    colours: bool,
    file: Option<NonBlocking>,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut layers = vec![layer(format, stderr, colours)];
    layers.extend(file.map(|file| layer(format, file, false)));
    tracing_subscriber::registry().with(layers).with(cap()).with(filter)
}

fn layer<W>(format: Format, writer: W, colours: bool) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // A failed write would otherwise be printed to stderr, and a closed stderr turns that into a panic.
    let layer = fmt::layer().with_writer(writer).with_ansi(colours).log_internal_errors(false);
    match (format, colours) {
        (Format::Json, _) => layer.json().flatten_event(true).with_current_span(false).with_ansi(false).boxed(),
        (Format::Text, true) => layer.boxed(),
        (Format::Text, false) => layer.fmt_fields(PlainFields).boxed(),
    }
}

/// Formats the fields of spans as usual. Layers share formatted fields by this type, so that one of its own keeps
/// the colours of stderr out of the files.
#[derive(Debug)]
struct PlainFields;

impl<'writer> FormatFields<'writer> for PlainFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> std::fmt::Result {
        DefaultFields::new().format_fields(writer, fields)
    }
}

/// Logs a panic as one line, in place of the usual print.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    error!(
        reason = info.payload_as_str().unwrap_or("unknown"),
        place = info.location().map(tracing::field::display),
        thread = thread.name().unwrap_or("unnamed"),
        "panicked"
    );
}

mod writer;

#[cfg(test)]
mod tests;
