//! How far long work is: told on a terminal, and there alone.

use std::{
    fs::{File, OpenOptions},
    io::Read as _,
    os::fd::OwnedFd,
    process::Stdio,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::{PASSWORD, Setup, stderr, stdout};

/// A terminal: our end and the verb's.
fn terminal() -> (OwnedFd, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let theirs = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    (ours, OpenOptions::new().read(true).write(true).open(theirs).unwrap())
}

/// Runs a verb whose standard error is a terminal: what stands there, and on standard output.
fn on_a_terminal(setup: &Setup, arguments: &[&str]) -> (String, String) {
    let (ours, theirs) = terminal();
    let mut command = setup.command(arguments);
    command.env("TERM", "xterm").env("COLUMNS", "80").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(theirs);
    let child = command.spawn().unwrap();
    // Our copy of the verb's end would keep the terminal open.
    drop(command);
    let mut seen = Vec::new();
    // It ends with an error when nobody holds the other end any more.
    _ = File::from(ours).read_to_end(&mut seen);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&seen));
    (String::from_utf8_lossy(&seen).into_owned(), stdout(&output))
}

#[test]
fn long_work_tells_a_terminal_how_far_it_is_and_nothing_else_m40() {
    let setup = Setup::new();
    let (told, written) = on_a_terminal(&setup, &["migrate"]);
    assert!(told.contains("migrating") && !written.contains("migrating"), "{told}");
    let create = ["user", "create", "--email", "ivan@example.com", "--name", "Ivan", "--password-stdin"];
    assert!(setup.run_with(&create, PASSWORD).status.success());
    for (verb, word) in [
        (&["audit", "export"][..], "events exported:"),
        (&["audit", "verify"], "events verified:"),
        (&["user", "list"], "users read:"),
    ] {
        let (told, written) = on_a_terminal(&setup, verb);
        assert!(told.contains(word) && !written.contains(word), "{verb:?}: {told}");
        let quiet = setup.run(verb);
        assert_eq!((stderr(&quiet).as_str(), stdout(&quiet)), ("", written), "{verb:?}");
    }
    assert_eq!(stderr(&setup.run(&["migrate"])), "");
}
