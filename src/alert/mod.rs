//! *Whom to tell*: what needs a person becomes one message for each cause, and a success becomes a ping.
//!
//! Causes are rows of `sync_alerts`, raised and ended beside everything else that the database keeps. Whoever takes a
//! message tells it; where the database itself is away, it is told past it.

mod away;
mod cause;
mod deliver;
mod look;
mod message;
pub mod once;
mod post;
mod run;
mod settings;

pub use away::Away;
pub use cause::Cause;
pub use deliver::Delivery;
pub use look::{BACKFILL, look};
pub use message::Message;
pub use post::{Heartbeat, Refusal, Webhook};
pub use run::{findings, is_success, of_fault_of_adsync};
pub use settings::Settings;
