//! What holds on a direct connection holds behind a real PgBouncer, whatever its mode.

mod killed;
mod session;
mod transaction;
