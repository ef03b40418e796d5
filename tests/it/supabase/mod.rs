//! On a server that is made up as a Supabase project: what its keys open, and what a login of adsync's own may do.

mod keys;
mod login;
