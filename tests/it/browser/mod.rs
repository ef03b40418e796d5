//! Pages in a real browser: on a phone and on a desk, light and dark.

mod act;
mod live;
mod login;
mod scene;
mod status;
