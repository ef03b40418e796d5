//! Pages in a real browser: on a phone and on a desk, light and dark.

mod account;
mod act;
mod live;
mod login;
mod run;
mod scene;
mod status;

/// A daemon that does nothing by itself.
const IDLE: &str = "[schedules.recent]\ncron = \"0 0 1 1 *\"\n[schedules.settled]\nenabled = false\n";

/// A name that wants to be more than a name.
const HOSTILE: &str =
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>\"&amp;' \u{202e}drow\u{2066} {{ x }}";
