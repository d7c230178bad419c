#![allow(clippy::unwrap_used, clippy::expect_used)]

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

/// What `check` says in production of an otherwise good configuration.
fn unsafe_in(profile: &str, toml: &str) -> String {
    let env = [
        ("GUARDHOUSE_MASTER_KEY", KEY),
        ("GUARDHOUSE_COFFEE__ROAST", "light"),
        ("GUARDHOUSE_REGISTRATION__VERIFY_EMAIL", "optional"),
    ];
    let mut source = with_env(source(toml), &env);
    source.overrides.push(("profile".to_owned(), profile.to_owned()));
    load(&source).check().err().map(|error| error.to_string()).unwrap_or_default()
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
fn production_starts_on_loopback_and_behind_tls_and_on_nothing_else_m35() {
    assert_eq!(unsafe_in("production", ""), "");
    assert_eq!(
        unsafe_in("production", "[server]\npublic_url = \"https://a.example/auth/\"\ntrusted_proxies = 1\n"),
        ""
    );
    let cert = "tls.cert = \"c\"\ntls.key = \"k\"\n";
    assert_eq!(
        unsafe_in(
            "production",
            &format!("[server]\nlisten = \"0.0.0.0:443\"\npublic_url = \"https://a.example\"\n{cert}")
        ),
        ""
    );
    for (toml, key) in [
        ("[server]\npublic_url = \"http://a.example\"\ntrusted_proxies = 1\n", "server.public_url"),
        ("[server]\nlisten = \"0.0.0.0:8700\"\n", "server.public_url"),
        ("[server]\npublic_url = \"https://a.example\"\n", "server.trusted_proxies"),
        ("[server]\npublic_url = \"ftp://a.example\"\n", "server.public_url"),
        ("[server]\npublic_url = \"https://a.example?x=1\"\ntrusted_proxies = 1\n", "server.public_url"),
        ("[server]\npublic_url = \"https://a.example/a//b\"\ntrusted_proxies = 1\n", "server.public_url"),
        ("[server]\npublic_url = \"https://a.example/{a}\"\ntrusted_proxies = 1\n", "server.public_url"),
        ("[server]\npublic_url = \"https://a.example/:a\"\ntrusted_proxies = 1\n", "server.public_url"),
        ("[server]\ntls.cert = \"c\"\n", "server.tls.key"),
        ("[server]\ncors_origins = [\"*\"]\n", "server.cors_origins"),
        ("[server]\ncors_origins = [\"https://a.example/\"]\n", "server.cors_origins"),
    ] {
        let text = unsafe_in("production", toml);
        assert!(text.contains(&format!("{key}: ")) && text.contains("mend: "), "{toml}: {text}");
    }
}

#[test]
fn a_weak_shared_secret_stops_the_start_and_says_how_to_make_one_m01() {
    for secret in ["", "short", "0123456789012345678901234567890", "abcabcabcabcabcabcabcabcabcabcabcabc"] {
        let text = unsafe_in("development", &format!("[tokens]\nalgorithm = \"HS256\"\nsecret = \"{secret}\"\n"));
        assert!(text.contains("tokens.secret: ") && text.contains("openssl rand -base64 48"), "{secret}: {text}");
    }
    assert_eq!(
        unsafe_in("production", "[tokens]\nalgorithm = \"HS256\"\nsecret = \"0123456789abcdefghijABCDEFGHIJ-_\"\n"),
        ""
    );
}

#[test]
fn unsafe_combinations_are_named() {
    for (profile, toml, key) in [
        ("production", "[password]\nmemory_kib = 1024\n", "password.memory_kib"),
        ("development", "[password]\nmemory_kib = 4000000\n", "password.memory_kib"),
        ("development", "[password]\nhash_queue = 0\n", "password.hash_queue"),
        ("development", "[lockout]\nmax = \"2h\"\n", "lockout.max"),
        ("development", "[lockout]\nattempts = 0\n", "lockout.attempts"),
        ("development", "[tokens]\naccess_ttl = \"8d\"\n", "tokens.access_ttl"),
        ("development", "[tokens]\naccess_ttl = \"0s\"\n", "tokens.access_ttl"),
        ("development", "[tokens]\nleeway = \"1h\"\n", "tokens.leeway"),
        ("development", "[bus]\npoll = \"2s\"\n", "bus.poll"),
        ("development", "[server]\nlisten = \"0.0.0.0:8700\"\n", "server.listen"),
        ("development", "[outbound]\nallow = [\"not a host\"]\n", "outbound.allow"),
        ("production", "[mail]\nsmtp_url = \"https://mail.example\"\nfrom = \"a@b.example\"\n", "mail.smtp_url"),
        ("production", "[mail]\nfrom = \"\"\nsmtp_url = \"smtp://mail.example\"\n", "mail.from"),
        ("production", "[database]\nurl = \"postgres://u@db.example/n\"\n", "database.url"),
        ("hardened", "[database]\nurl = \"postgres://u@db.example/n?sslmode=require\"\n", "database.url"),
        (
            "production",
            "[mail]\nsmtp_url = \"smtp://mail.example?tls=opportunistic\"\nfrom = \"a@b.example\"\n",
            "mail.smtp_url",
        ),
        ("development", "[mail]\nhelp_url = \"javascript:x\"\n", "mail.help_url"),
        ("development", "[database]\nmax_bytes = 1000\n", "database.max_bytes"),
        ("hardened", "[tokens]\nalgorithm = \"RS256\"\n", "tokens.algorithm"),
        ("hardened", "[limits]\nlogin = \"off\"\n", "limits.login"),
    ] {
        let text = unsafe_in(profile, toml);
        assert!(text.contains(&format!("guardhouse.toml:2:1: {key}: ")) && text.contains("mend: "), "{toml}: {text}");
    }
}

#[test]
fn what_is_on_this_machine_or_proves_its_name_is_taken_12_3_1_12_3_2() {
    for toml in [
        "[database]\nurl = \"postgres://u@127.0.0.1/n\"\n",
        "[database]\nurl = \"postgres://u@db.example/n?sslmode=verify-full\"\n",
        "[mail]\nsmtp_url = \"smtp://127.0.0.1:25?tls=opportunistic\"\nfrom = \"a@b.example\"\n",
        "[mail]\nsmtp_url = \"smtp://mail.example\"\nfrom = \"a@b.example\"\n",
    ] {
        assert_eq!(unsafe_in("production", toml), "", "{toml}");
    }
    assert_eq!(unsafe_in("development", "[database]\nurl = \"postgres://u@db.example/n\"\n"), "");
}

#[test]
fn what_no_feature_reads_yet_is_no_setting_m38() {
    for (section, key) in [("limits", "mfa"), ("limits", "token"), ("limits", "api_key"), ("telemetry", "otlp_url")] {
        let text = refused(&source(&format!("[{section}]\n{key} = \"5/5m\"\n")));
        assert!(text.contains(&format!("{section}.{key}: no such setting")), "{text}");
    }
}

#[test]
fn verification_without_mail_stops_the_start_in_production_m15() {
    let load = |profile, verify_email: &str| {
        let env = [("GUARDHOUSE_MASTER_KEY", KEY), ("GUARDHOUSE_REGISTRATION__VERIFY_EMAIL", verify_email)];
        let source = Source { profile: Some(profile), ..with_env(Source::default(), &env) };
        Settings::load(&source, &[]).unwrap()
    };
    let text = load(Profile::Production, "required").check().unwrap_err().to_string();
    assert!(text.contains("mail.smtp_url: ") && text.contains("registration.verify_email"), "{text}");
    assert!(load(Profile::Production, "optional").check().is_ok());
    assert!(load(Profile::Development, "required").check().is_ok());
    assert_eq!(load(Profile::Production, "optional").warnings()[0].key, "mail.smtp_url");
}

#[test]
fn a_features_own_check_runs_with_the_others() {
    let mut settings = load(&with_env(Source::default(), &[("GUARDHOUSE_MASTER_KEY", KEY)]));
    assert!(settings.check().is_ok());
    settings.set(CoffeeSettings { roast: Roast::Dark, sugar: 0 });
    assert!(settings.check().unwrap_err().to_string().contains("coffee.roast: too dark"));
}

#[test]
fn a_missing_or_weak_master_key_stops_the_start_m38() {
    let text = load(&Source { profile: Some(Profile::Hardened), ..Source::default() }).check().unwrap_err().to_string();
    assert!(text.contains("master_key: no master key is given") && text.contains("openssl rand -base64 32"), "{text}");
    let zeros = with_env(Source::default(), &[("GUARDHOUSE_MASTER_KEY", &"00".repeat(32))]);
    assert!(load(&zeros).check().unwrap_err().to_string().contains("placeholder"));
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
fn the_reference_names_every_key_with_default_and_variable() {
    let page = Settings::reference(SECTIONS);
    for part in [
        "### `tokens.access_ttl`",
        "- default: `\"15m\"`",
        "- environment: `GUARDHOUSE_SERVER__TLS__CERT`",
        "- default from `hardened` on: `\"5/15m\"`",
        "- kind: one of `light`, `dark`",
        "- default from `production` on: `\"dark\"`",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    for (key, _) in load(&Source::default()).shown() {
        assert!(page.contains(&format!("### `{key}`")), "{key}");
    }
    assert!(Settings::docs(SECTIONS).iter().all(|doc| doc.about.ends_with('.') && doc.about.len() > 10));
}

#[test]
fn what_is_shown_can_be_given_again() {
    let shown = load(&source("[tokens]\nalgorithm = \"EdDSA\"\n[limits]\nlogin = \"7/1h\"\n")).to_toml();
    let again = load(&source(&shown));
    assert_eq!(again.tokens.algorithm, Algorithm::EdDsa);
    assert_eq!(again.limits.login, Limit::of(7, Span::hours(1)));
    assert_eq!(again.to_toml().replace("(secret)", ""), shown.replace("(secret)", ""));
}

/// A feature may continue a table of the kernel's.
#[test]
fn a_table_stands_in_one_place_whoever_reads_it() {
    crate::settings! {
        /// More of bus.
        struct MoreSettings in "bus" {
            /// Whether it is red.
            red: bool = true,
        }
    }
    let sections = &[SectionSpec::of::<CoffeeSettings>(), SectionSpec::of::<MoreSettings>()];
    assert_eq!(Settings::reference(sections).matches("## `bus`\n").count(), 1);
    let settings = Settings::load(&source("[bus]\nred = false\n"), sections).unwrap();
    assert!(!settings.of::<MoreSettings>().red);
    let shown = settings.to_toml();
    assert_eq!(shown.matches("[bus]").count(), 1, "{shown}");
    assert!(Settings::load(&source(&shown), sections).is_ok(), "{shown}");
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
