//! The tests of adsync as a whole: one binary, one file per subject.

#[cfg(test)]
mod access;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod adoption;
#[cfg(test)]
mod ads;
#[cfg(test)]
mod agreement;
#[cfg(test)]
mod alerts;
#[cfg(test)]
mod apart;
#[cfg(test)]
mod api;
#[cfg(test)]
mod barred;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod breakdowns;
#[cfg(test)]
mod broken_wire;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod changed_days;
#[cfg(test)]
mod client;
#[cfg(test)]
mod compared;
#[cfg(test)]
mod corrupted;
#[cfg(test)]
mod daemon;
#[cfg(test)]
mod dashboards;
#[cfg(test)]
mod database_doors;
#[cfg(test)]
mod database_faults;
#[cfg(test)]
mod deleted;
#[cfg(test)]
#[cfg(feature = "demo")]
mod demo;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod early;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod fault_table;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fencing;
#[cfg(test)]
mod forecast;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod hidden;
#[cfg(test)]
mod hierarchy;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod killed_anywhere;
#[cfg(test)]
mod lost_access;
#[cfg(test)]
mod migration_files;
#[cfg(test)]
mod migration_locks;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod named_statements;
#[cfg(test)]
mod names_taken;
#[cfg(test)]
mod odd_answers;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod periods;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod pooler;
#[cfg(test)]
mod pooler_words;
#[cfg(test)]
mod readers;
mod real_faults;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod repeated;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod restated;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod room;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod server;
#[cfg(test)]
mod several_tokens;
#[cfg(test)]
mod shared_schema;
#[cfg(test)]
mod supabase;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod sync_changes;
#[cfg(test)]
mod sync_days;
#[cfg(test)]
mod sync_pages;
#[cfg(test)]
mod sync_truth;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod token_trouble;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod too_much;
#[cfg(test)]
mod touched;
#[cfg(test)]
mod types;
#[cfg(test)]
mod upgraded;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod views;
#[cfg(test)]
mod views_made;
