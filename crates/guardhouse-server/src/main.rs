//! The binary `guardhouse`: command line, configuration files, listeners, TLS.

mod cli;
mod configuration;
mod data;
mod engine;
mod failure;
mod input;
mod listener;
mod out;
mod progress;
mod remote;
mod running;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

/// The system's allocator is the slower one under many small requests on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // One provider for TLS in and out; a second call would only say that it is there.
    _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
