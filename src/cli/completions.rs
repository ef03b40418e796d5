//! `adsync completions`: what a shell needs to complete adsync's commands and options.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Failed};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync completions bash               > ~/.local/share/bash-completion/completions/adsync
  adsync completions zsh                > ~/.zfunc/_adsync, a folder of fpath
  adsync completions fish               > ~/.config/fish/completions/adsync.fish
  adsync completions powershell         >> $PROFILE
  adsync completions elvish             >> ~/.config/elvish/rc.elv")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn completions(args: &Args) -> Result<(), Failed> {
    // As a whole: a reader that went away is no fault of ours.
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "adsync", &mut script);
    super::output::say(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
