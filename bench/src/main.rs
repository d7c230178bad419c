//! The gates of speed and size. See `bench/README.md`.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]
#![expect(clippy::disallowed_methods, reason = "what is measured here is time itself")]
#![expect(clippy::cast_precision_loss, reason = "rates are shown with three digits")]

mod authenticator;
mod bare;
mod gates;
mod house;
mod load;
mod postgres;
mod process;
mod report;

use std::process::ExitCode;

use anyhow::{Result, bail};
use report::Report;

/// As in the server, so that both sides of a ratio allocate alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // The limits run as processes of their own, so that they can be pinned and their CPU time read.
    match words.as_slice() {
        ["bare-hello", address] => bare::hello(address),
        ["bare-hash", seconds] => bare::hash(seconds.parse()?),
        ["bare-refresh", address, url] => bare::refresh(address, url),
        ["bare-writer", url, clients, seconds] => bare::writer(url, clients.parse()?, seconds.parse()?),
        _ => return measure(&words),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn measure(words: &[&str]) -> Result<ExitCode> {
    let (options, names): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with("--"));
    let all = gates::ALL;
    let known = |name: &&str| all.iter().any(|gate| gate.name == *name);
    if let Some(wrong) = options.iter().find(|option| !matches!(**option, "--check" | "--large")) {
        bail!("unknown option {wrong}: bench/run [--check] [--large] [NAME…]");
    }
    if let Some(wrong) = names.iter().find(|name| !known(name)) {
        let known: Vec<_> = all.iter().map(|gate| gate.name).collect();
        bail!("there is no gate `{wrong}`; there are: {}", known.join(" "));
    }
    let large = options.contains(&"--large");
    let chosen = |gate: &&gates::Gate| if names.is_empty() { !gate.large || large } else { names.contains(&gate.name) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::default();
    for gate in all.iter().filter(chosen) {
        println!("{}: {}", gate.name, gate.about);
        runtime.block_on((gate.run)(&mut report))?;
    }
    print!("\n{}", report.table());
    let passed = !options.contains(&"--check") || report.holds();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
