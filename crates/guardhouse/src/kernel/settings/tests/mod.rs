#![allow(clippy::unwrap_used, clippy::expect_used)]

mod checks;
mod reference;

use guardhouse_core::{jose::Algorithm, time::Span};
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Roast {
    Light,
    Dark,
}

crate::settings! {
    /// Coffee.
    struct CoffeeSettings in "coffee" {
        /// How it is roasted.
        roast: Roast = Roast::Light; Production = Roast::Dark,
        /// Spoons of sugar.
        sugar: u32 = 0; Hardened = 9; Production = 2,
    }
}

fn no_dark_roast(settings: &Settings, problems: &mut Vec<Problem>) {
    if settings.of::<CoffeeSettings>().roast == Roast::Dark {
        problems.push(Problem::new("coffee.roast", "too dark", "write `light`"));
    }
}

const SECTIONS: &[SectionSpec] = &[SectionSpec::of::<CoffeeSettings>().with_check(no_dark_roast)];
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn source(toml: &str) -> Source {
    Source { toml: Some(("guardhouse.toml".to_owned(), toml.to_owned())), ..Source::default() }
}

fn with_env(mut source: Source, env: &[(&str, &str)]) -> Source {
    source.env.extend(env.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    source
}

fn load(source: &Source) -> Settings {
    Settings::load(source, SECTIONS).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(source: &Source) -> String {
    Settings::load(source, SECTIONS).expect_err("refused").to_string()
}

#[test]
fn the_environment_lies_over_the_file_and_the_command_line_over_both_m38() {
    let file = source("[server]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n[tokens]\naccess_ttl = \"5m\"\n");
    let mut source = with_env(
        file,
        &[
            ("GUARDHOUSE_SERVER__LISTEN", "127.0.0.1:2"),
            ("GUARDHOUSE_SERVER__CORS_ORIGINS", "https://a.example, https://b.example"),
            ("GUARDHOUSE_SERVER__TLS__CERT", "/cert.pem"),
            ("GUARDHOUSE_SERVER__WORKERS", "4"),
            ("GUARDHOUSE_SERVER__ADMIN_LISTEN", ""),
            ("GUARDHOUSE_TELEMETRY__PUBLIC", "true"),
            ("GUARDHOUSE_LIMITS__LOGIN", "off"),
            ("OTHER", "ignored"),
        ],
    );
    source.overrides.push(("server.listen".to_owned(), "127.0.0.1:3".to_owned()));
    let settings = load(&source);
    assert_eq!(settings.server.listen.port(), 3);
    assert_eq!(settings.server.workers, 4);
    assert_eq!(settings.server.cors_origins, ["https://a.example", "https://b.example"]);
    assert_eq!(settings.server.tls.cert.as_deref(), Some(std::path::Path::new("/cert.pem")));
    assert_eq!(settings.server.admin_listen, None);
    assert!(settings.telemetry.public);
    assert_eq!(settings.limits.login, Limit::OFF);
    assert_eq!(settings.tokens.access_ttl, Span::minutes(5));
    assert_eq!(settings.origin("server.listen"), Some(&Origin::CommandLine));
}

#[test]
fn defaults_follow_the_profile() {
    let development = load(&Source::default());
    assert_eq!((development.of::<CoffeeSettings>().roast, development.of::<CoffeeSettings>().sugar), (Roast::Light, 0));
    assert_eq!(development.limits.login, Limit::of(20, Span::minutes(15)));
    assert_eq!(development.database.url.expose(), "sqlite:./.guardhouse/guardhouse.db");
    assert_eq!(development.audience(), ["http://localhost:8700"]);
    let production = load(&Source { profile: Some(Profile::Production), ..Source::default() });
    assert_eq!((production.of::<CoffeeSettings>().roast, production.of::<CoffeeSettings>().sugar), (Roast::Dark, 2));
    let hardened = load(&with_env(Source::default(), &[("GUARDHOUSE_PROFILE", "hardened")]));
    assert_eq!(hardened.of::<CoffeeSettings>().sugar, 9);
    assert_eq!(hardened.limits.login, Limit::of(5, Span::minutes(15)));
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_mends_it() {
    let file = source(
        "[server]\nlisten = \"here\"\n\n[tokens]\naccess_tll = \"5m\"\nalgorithm = \"none\"\n[coffee]\nroast = \"burnt\"\n",
    );
    let text = refused(&with_env(file, &[("GUARDHOUSE_LOCKOUT__ATTEMPTS", "many"), ("GUARDHOUSE_NONSENSE", "1")]));
    for part in [
        "guardhouse.toml:2:1: server.listen: ",
        "guardhouse.toml:5:1: tokens.access_tll: no such setting\n  mend: did you mean `tokens.access_ttl`?",
        "guardhouse.toml:6:1: tokens.algorithm: unknown variant `none`",
        "one of `light`, `dark`",
        "environment variable GUARDHOUSE_LOCKOUT__ATTEMPTS: lockout.attempts: ",
        "environment variable GUARDHOUSE_NONSENSE: nonsense: no such setting",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_told_by_line_and_column() {
    let text = refused(&source("[server]\nworkers = = 3\n"));
    assert!(text.starts_with("guardhouse.toml:2:"), "{text}");
    let text = refused(&source("[server]\nworkers = 1\nworkers = 2\n"));
    assert!(text.starts_with("guardhouse.toml:3:1: "), "{text}");
}

#[test]
fn an_unknown_table_is_refused_even_when_empty() {
    assert!(refused(&source("[nonsense]\n")).contains("nonsense: no such setting"));
    assert!(Settings::load(&source("[server]\n[server.tls]\n"), SECTIONS).is_ok());
}

#[test]
fn variables_of_kubernetes_and_of_the_command_line_are_no_settings() {
    let env = [
        ("GUARDHOUSE_PORT", "tcp://10.0.0.1:8700"),
        ("GUARDHOUSE_SERVICE_HOST", "10.0.0.1"),
        ("GUARDHOUSE_PORT_8700_TCP", "x"),
        ("GUARDHOUSE_CONFIG", "guardhouse.toml"),
        ("GUARDHOUSE_TOKEN", "x"),
    ];
    assert!(Settings::load(&with_env(Source::default(), &env), SECTIONS).is_ok());
}

#[test]
fn secrets_come_from_files_and_variables_and_are_never_shown_m38() {
    let dir = std::env::temp_dir().join(format!("guardhouse-settings-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("key");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let file = source("[mail]\nsmtp_url = \"env:SMTP\"\nfrom = \"a@example.com\"\n");
    let keys = format!("file:{},env:OLD_KEY", path.display());
    let env = [
        ("GUARDHOUSE_MASTER_KEY", keys.as_str()),
        ("OLD_KEY", "hunter2-old"),
        ("SMTP", "smtps://u:hunter2@mail.example.com"),
    ];
    let settings = load(&with_env(file, &env));
    std::fs::remove_dir_all(&dir).unwrap();
    assert_eq!(settings.master_key.iter().map(SecretText::expose).collect::<Vec<_>>(), [KEY, "hunter2-old"]);
    assert_eq!(settings.mail.smtp_url.expose(), "smtps://u:hunter2@mail.example.com");
    let shown = format!("{}{settings:?}", settings.to_toml());
    assert!(!shown.contains("hunter2") && !shown.contains(KEY), "{shown}");
    let missing = refused(&with_env(Source::default(), &[("GUARDHOUSE_MASTER_KEY", "file:/nowhere/key")]));
    assert!(missing.contains("master_key: can't read the file /nowhere/key"), "{missing}");
    let missing = refused(&with_env(Source::default(), &[("GUARDHOUSE_TOKENS__SECRET", "env:NOT_THERE")]));
    assert!(missing.contains("no variable NOT_THERE"), "{missing}");
    let wrong_kind = refused(&source("[tokens]\nsecret = 424242\n"));
    assert!(wrong_kind.contains("tokens.secret: ") && !wrong_kind.contains("424242"), "{wrong_kind}");
}

#[test]
fn what_no_feature_reads_yet_is_no_setting_m38() {
    for (section, key) in [("limits", "token"), ("limits", "client"), ("telemetry", "otlp_url")] {
        let text = refused(&source(&format!("[{section}]\n{key} = \"5/5m\"\n")));
        assert!(text.contains(&format!("{section}.{key}: no such setting")), "{text}");
    }
}

#[test]
fn the_development_key_is_made_once_for_its_owner_alone_m38() {
    let dir = std::env::temp_dir().join(format!("guardhouse-key-{}", std::process::id()));
    let first = ensure_development_key(&dir).unwrap();
    assert_eq!(ensure_development_key(&dir).unwrap(), first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(dir.join("master.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_dir_all(&dir).unwrap();
    let settings = load(&with_env(Source::default(), &[("GUARDHOUSE_MASTER_KEY", first.expose())]));
    assert!(settings.check().is_ok());
}

#[test]
fn limits_are_written_as_count_and_duration() {
    assert_eq!("5/15m".parse(), Ok(Limit::of(5, Span::minutes(15))));
    assert_eq!("off".parse(), Ok(Limit::OFF));
    assert_eq!(Limit::of(20, Span::hours(1)).to_string(), "20/1h");
    for bad in ["", "5", "5/", "/1m", "0/1m", "5/0s", "-1/1m", "5/1m/2", "on"] {
        assert_eq!(bad.parse::<Limit>(), Err(NotALimit), "{bad}");
    }
}
