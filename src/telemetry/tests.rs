//! What a log line shows, what no setting lets through, and how the log lives without its folder.

use std::sync::{Arc, Mutex};

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
    let (file, guard) = daily_files(&nested, 14).unwrap();
    let captured = Captured::default();
    let stderr = captured.clone();
    let subscriber = subscriber(Format::Text, filter("info").unwrap(), move || stderr.clone(), true, Some(file));
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("run", run_id = 7);
        span.in_scope(|| (0..100).for_each(|number| tracing::info!(number, "line")));
    });
    drop(guard);
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
    Telemetry { file: None }.watch_losses(metrics.clone(), cancel).await;
    assert!(metrics.encode().unwrap().contains("adsync_log_lines_dropped_total 0"));
}
