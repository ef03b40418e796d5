//! What a log line shows, what no setting lets through, and how the log lives without its folder.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::{Arc, Mutex, mpsc};

use super::*;

/// A writer that tests can read.
#[derive(Debug, Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `work` under a log of its own and gives what was written.
fn logged(format: Format, level: &str, colours: bool, work: impl FnOnce()) -> String {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = subscriber(format, filter(level).unwrap(), move || writer.clone(), colours, None);
    tracing::subscriber::with_default(subscriber, work);
    captured.text()
}

#[test]
fn a_json_line_holds_the_message_the_fields_and_the_spans() {
    let text = logged(Format::Json, "info", false, || {
        let span = tracing::info_span!("run", run_id = 7);
        span.in_scope(|| tracing::info!(account_id = "act_1", "account read"));
    });
    let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(line["message"], "account read");
    assert_eq!(line["account_id"], "act_1");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["spans"][0]["run_id"], 7);
}

#[test]
fn no_level_lets_a_librarys_finest_lines_through() {
    for level in ["trace", "trace,hyper=trace,h2=trace,reqwest=debug,sqlx=trace", "hyper_util=trace,rustls=trace"] {
        let text = logged(Format::Text, level, false, || {
            tracing::trace!(target: "hyper::proto::h1", "authorization: Bearer SECRET");
            tracing::debug!(target: "h2::codec", "SECRET");
            tracing::debug!(target: "reqwest::connect", "SECRET");
            tracing::debug!(target: "hyper_util::client", "SECRET");
            tracing::debug!(target: "sqlx::query", "SECRET");
            tracing::trace!(target: "rustls::client", "SECRET");
        });
        assert!(!text.contains("SECRET"), "{level}: {text}");
    }
}

#[test]
fn libraries_are_quiet_unless_the_level_names_them() {
    let work = || {
        tracing::info!(target: "sqlx::query", "sluggish");
        tracing::warn!(target: "sqlx::query", "very slow");
        tracing::info!(target: "adsync::sync", "ours");
    };
    let usual = logged(Format::Text, "info", false, work);
    assert!(!usual.contains("sluggish") && usual.contains("very slow") && usual.contains("ours"), "{usual}");
    let named = logged(Format::Text, "info,sqlx=info", false, work);
    assert!(named.contains("sluggish"), "{named}");
}

#[test]
fn a_level_that_would_silence_the_log_by_mistake_is_refused() {
    for level in ["info", "OFF", "info,adsync=debug", "warn, adsync::meta=trace"] {
        check_level(level).unwrap();
    }
    for level in ["", "loud", "info,adsync", "=what=", "adsync=loud"] {
        assert!(check_level(level).is_err(), "{level}");
    }
}

#[test]
fn a_hostile_text_stays_on_its_line_and_keeps_its_colours_to_itself() {
    for format in [Format::Json, Format::Text] {
        let text = logged(format, "info", false, || tracing::info!(name = "\u{1b}[31mred\nforged", "campaign read"));
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn the_files_hold_no_colours_and_all_lines_once_the_guard_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("var/logs");
    let mut telemetry = Telemetry::default();
    let file = telemetry.queue(daily_files(&nested, 14).unwrap(), "log.directory");
    let captured = Captured::default();
    let stderr = captured.clone();
    let subscriber = subscriber(Format::Text, filter("info").unwrap(), move || stderr.clone(), true, Some(file));
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("run", run_id = 7);
        span.in_scope(|| (0..100).for_each(|number| tracing::info!(number, "line")));
    });
    drop(telemetry);
    let files: Vec<_> = std::fs::read_dir(&nested).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [path] = files.as_slice() else { panic!("one file, not {files:?}") };
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("adsync.20") && name.ends_with(".log"), "{name}");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), 100);
    assert!(text.contains("run_id=7") && !text.contains('\u{1b}'), "{text}");
    assert!(captured.text().contains('\u{1b}'));
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("logs");
    std::fs::write(&taken, "a file stands where the folder should").unwrap();
    assert!(daily_files(&taken, 0).unwrap_err().contains("exists"));
}

#[tokio::test]
async fn lost_lines_are_counted_before_the_watch_ends() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let metrics = Metrics::new();
    Telemetry::default().watch_losses(metrics.clone(), cancel).await;
    assert!(metrics.encode().unwrap().contains("adsync_log_lines_dropped_total 0"));
}

/// A disk with room for so many bytes.
#[derive(Debug, Clone, Default)]
struct Disk {
    room: Arc<Mutex<usize>>,
    written: Captured,
}

impl io::Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = self.room.lock().unwrap();
        let taken = bytes.len().min(*room);
        *room -= taken;
        match self.written.write(&bytes[..taken])? {
            0 => Err(io::ErrorKind::StorageFull.into()),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_costs_its_lines_is_told_once_and_leaves_none_broken_once_there_is_room() {
    let (disk, unwritten) = (Disk { room: Arc::new(Mutex::new(8)), ..Disk::default() }, Arc::default());
    let mut writer = Steady::new(disk.clone(), "log.directory", Arc::clone(&unwritten));
    let told = logged(Format::Text, "info", false, || {
        for line in ["one\n", "second\n", "third\n"] {
            writer.write_all(line.as_bytes()).unwrap();
        }
        *disk.room.lock().unwrap() = 100;
        for line in ["fourth\n", "fifth\n"] {
            writer.write_all(line.as_bytes()).unwrap();
        }
    });
    assert_eq!(unwritten.load(Ordering::Relaxed), 2);
    assert_eq!(disk.written.text(), "one\nseco\nfourth\nfifth\n");
    let lines: Vec<&str> = told.lines().collect();
    let [full, again] = lines.as_slice() else { panic!("told twice, not {told}") };
    assert!(full.contains("the log cannot be written") && full.contains("log.directory"), "{told}");
    assert!(again.contains("the log can be written again") && again.contains("lost=2"), "{told}");
}

#[tokio::test]
async fn lines_that_a_full_disk_does_not_take_are_counted() {
    let mut telemetry = Telemetry::default();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut file = telemetry.queue(full, "log.directory");
    for _ in 0..3 {
        file.write_all(b"a line\n").unwrap();
    }
    // Once they end, the threads have tried all.
    telemetry.writers.clear();
    assert_eq!(telemetry.dropped_lines(), 3);
    let (metrics, cancel) = (Metrics::new(), CancellationToken::new());
    cancel.cancel();
    telemetry.watch_losses(metrics.clone(), cancel).await;
    assert!(metrics.encode().unwrap().contains("adsync_log_lines_dropped_total 3"));
}

/// Takes nothing until the other end is dropped, as a pipe that nobody reads.
struct Stuck(mpsc::Receiver<()>);

impl io::Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.recv().ok();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stuck_pipe_holds_up_nobody_and_what_it_costs_is_counted() {
    let mut telemetry = Telemetry::default();
    let (unstick, pipe) = mpsc::channel();
    let stderr = telemetry.queue(Stuck(pipe), "stderr");
    let files = Captured::default();
    let file = telemetry.queue(files.clone(), "log.directory");
    let subscriber = subscriber(Format::Text, filter("info").unwrap(), stderr, false, Some(file));
    // One more is with the thread that waits.
    let more = 100;
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..=QUEUE + more {
            tracing::info!(number, "line");
            // The files' thread is as fast as this one, most of the time.
            if number % (QUEUE / 2) == 0 {
                while !files.text().contains(&format!("number={number}\n")) {
                    std::thread::yield_now();
                }
            }
        }
    });
    let lost = telemetry.dropped_lines();
    drop(unstick);
    drop(telemetry);
    assert!((more as u64..=more as u64 + 1).contains(&lost), "{lost}");
    assert_eq!(files.text().lines().count(), QUEUE + more + 1);
}
