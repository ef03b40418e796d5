//! *Where it goes*: one file per table, SQL beside the function that runs it.

pub mod settings;

pub use settings::{Migrate, Pooler, Settings, Tls, TouchLastSynced};
