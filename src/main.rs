//! The command line: chooses one of the commands and turns what it came to into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    adsync::cli::main()
}
