//! Mistakes in settings and on the command line stop before anything is touched.

use std::fs;

use crate::harness::{Place, Setup, bare, stderr, stdout};

#[test]
fn an_unknown_verb_or_option_is_wrong_usage() {
    for arguments in [
        &["sreve"][..],
        &["serve", "--lisen", "x"],
        &["user", "create"],
        &["keys", "import", "--algorithm", "none", "-"],
        &[],
    ] {
        let output = bare(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
}

#[test]
fn every_mistake_in_a_file_is_told_with_line_and_mend_m38() {
    let place = Place::new();
    let file = place.path().join("guardhouse.toml");
    fs::write(&file, "[server]\nlisen = \"127.0.0.1:1\"\n[tokens]\naccess_ttl = 15\n").unwrap();
    for verb in [&["serve"][..], &["config", "check"], &["config", "show"], &["openapi"]] {
        let mut command = bare(verb);
        let output = command.arg("--config").arg(&file).output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{verb:?}");
        assert!(told.contains("2 settings are wrong"), "{told}");
        assert!(
            told.contains("guardhouse.toml:2:1: server.lisen: no such setting\n  mend: did you mean `server.listen`?"),
            "{told}"
        );
        assert!(told.contains("guardhouse.toml:4:1: tokens.access_ttl: "), "{told}");
    }
    fs::write(&file, "[server\n").unwrap();
    let output = bare(&["config", "check", "--config"]).arg(&file).output().unwrap();
    assert!(stderr(&output).contains("guardhouse.toml:1:"), "{}", stderr(&output));
    let output = bare(&["config", "check", "--config", "/nowhere/guardhouse.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("can't read the settings file /nowhere/guardhouse.toml"));
}

#[test]
fn unsafe_settings_stop_the_start_and_say_what_mends_them_m01_m35_m38() {
    for (name, value, key, mend) in [
        ("TOKENS__ALGORITHM", "HS256", "tokens.secret", "openssl rand -base64 48"),
        ("MASTER_KEY", "short", "master_key", "openssl rand -base64 32"),
        ("SERVER__PUBLIC_URL", "http://auth.example.com", "server.public_url", "https"),
        ("SERVER__PUBLIC_URL", "https://auth.example.com", "server.trusted_proxies", "server.tls.cert"),
        ("REGISTRATION__VERIFY_EMAIL", "required", "mail.smtp_url", "smtp"),
        ("PASSWORD__MIN_LENGTH", "4", "password.min_length", "at least 8"),
    ] {
        let setup = Setup::new().with(name, value);
        for verb in [&["serve"][..], &["config", "check"]] {
            let output = setup.run(verb);
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{name}: {told}");
            assert!(told.contains(&format!("{key}: ")) && told.contains(mend), "{name}: {told}");
        }
        assert!(!setup.place.path().join("guardhouse.db").exists(), "{name} touched the database");
    }
}

#[test]
fn a_broken_template_stops_the_start_before_the_database_is_touched() {
    let templates = Place::new();
    let file = templates.path().join("pages/forgot.html");
    fs::create_dir(templates.path().join("pages")).unwrap();
    fs::write(&file, "<form>\n{{ e_mail }}</form>").unwrap();
    let setup = Setup::new().with("PAGES__TEMPLATES", &templates.path().display().to_string());
    for verb in [&["serve"][..], &["config", "check"]] {
        let output = setup.run(verb);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("{}:2: this variable is not given", file.display())), "{told}");
    }
    assert!(!setup.place.path().join("guardhouse.db").exists());
}

#[test]
fn a_taken_port_is_told_with_what_mends_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = Setup::new().with("SERVER__LISTEN", &format!("127.0.0.1:{port}")).run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("choose another with --listen"), "{}", stderr(&output));
}

#[test]
fn settings_are_shown_without_secrets_m38() {
    let setup =
        Setup::new().with("MAIL__SMTP_URL", "smtps://u:hunter2@mail.example.com").with("MAIL__FROM", "a@example.com");
    for format in ["table", "json"] {
        let shown = stdout(&setup.run(&["config", "show", "--format", format]));
        assert!(shown.contains("(secret)") && !shown.contains("hunter2") && !shown.contains("AAECAw"), "{shown}");
    }
    let checked = setup.run(&["config", "check"]);
    assert!(checked.status.success() && stdout(&checked).contains("are good"), "{}", stderr(&checked));
    let reference = stdout(&bare(&["config", "reference"]).output().unwrap());
    assert!(reference.contains("`GUARDHOUSE_REGISTRATION__VERIFY_EMAIL`"), "{reference}");
}

#[test]
fn what_needs_no_engine_needs_no_settings() {
    let description = stdout(&bare(&["openapi"]).output().unwrap());
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    assert!(description["paths"]["/api/auth/login"]["post"].is_object());
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&bare(&["completions", shell]).output().unwrap()).contains("guardhouse"));
    }
}

#[test]
fn migrations_are_shown_before_they_are_done() {
    let setup = Setup::new();
    assert!(stdout(&setup.run(&["migrate", "--dry-run"])).contains("migrations wait."));
    assert!(stdout(&setup.run(&["migrate"])).contains("The schema is up to date."));
    assert!(stdout(&setup.run(&["migrate", "--dry-run"])).contains("The schema is up to date."));
}

#[test]
fn without_its_tables_and_without_leave_to_make_them_the_server_does_not_start() {
    let output = Setup::new().run(&["serve", "--no-migrate"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("guardhouse migrate"), "{}", stderr(&output));
}
