//! The `passage` program: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use passage::cli::args::Args;
use passage::cli::run::run;

fn main() -> ExitCode {
    ExitCode::from(run(&Args::parse()))
}
