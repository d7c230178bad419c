//! Processes that are measured: on one core, with their CPU time and memory.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result};
use rustix::thread::{CpuSet, sched_setaffinity};

/// What is measured runs here.
pub(crate) const SERVED: usize = 0;
/// What makes the load runs here.
pub(crate) const LOADING: usize = 1;
/// Ticks of `/proc/PID/stat` in a second: fixed at 100 for user space on Linux.
const TICKS: f64 = 100.0;

/// Keeps this process to some cores.
pub(crate) fn keep_to(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(*core);
    }
    sched_setaffinity(None, &set).context("this machine needs two cores for the bench")
}

/// A command that will run on one core, or on both.
pub(crate) fn on(cores: &[usize], program: &str) -> Command {
    let list: Vec<_> = cores.iter().map(usize::to_string).collect();
    let mut command = Command::new("taskset");
    command.args(["-c", &list.join(","), program]);
    command
}

/// This very program, for the limits.
pub(crate) fn bare(cores: &[usize], arguments: &[&str]) -> Result<Command> {
    let own = std::env::current_exe()?;
    let mut command = on(cores, &own.to_string_lossy());
    command.args(arguments);
    Ok(command)
}

/// Runs a limit to its end: how much it did in a second, and in a second of CPU time.
pub(crate) fn rates(command: &mut Command) -> Result<Rates> {
    let output = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().context("the limit printed too little")?.context("the limit printed no number");
    Ok(Rates { per_second: next()?, per_cpu_second: next()? })
}

/// How much was done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) per_second: f64,
    pub(crate) per_cpu_second: f64,
}

/// A process that ends with this value.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        Ok(Self(command.stdout(Stdio::null()).spawn().with_context(|| format!("{command:?}"))?))
    }

    /// Seconds of CPU time so far.
    pub(crate) fn cpu(&self) -> Result<f64> {
        cpu(&self.0.id().to_string())
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(self.0.id())?) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        }
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, or nothing more to be done about it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Seconds of CPU time of a process; `self` is this one.
pub(crate) fn cpu(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is a name in brackets that may hold anything; user and system time are 14 and 15.
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let fields: Vec<f64> = rest.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // `rest` begins with the state, which is no number, and then field 4.
    let time = fields.get(10).zip(fields.get(11)).context("/proc/PID/stat")?;
    Ok((time.0 + time.1) / TICKS)
}
