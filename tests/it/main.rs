//! The tests of adsync as a whole: one binary, one file per subject.

#[cfg(test)]
#[cfg(feature = "demo")]
mod demo;
#[cfg(test)]
mod client;
#[cfg(test)]
mod server;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tidy;
