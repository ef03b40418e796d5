//! Pages in a real browser: on a phone and on a desk, light and dark.

mod login;
