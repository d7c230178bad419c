//! What must not run together.

use super::*;

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
fn a_listener_that_asks_nobody_who_they_are_is_warned_of_where_others_reach_it() {
    for (listen, warned) in [
        ("127.0.0.1:8701", false),
        ("10.0.0.7:8701", false),
        ("[fd00::7]:8701", false),
        ("[::ffff:10.0.0.7]:8701", false),
        ("0.0.0.0:8701", true),
        ("[::]:8701", true),
        ("198.51.100.7:8701", true),
    ] {
        let env = [("GUARDHOUSE_MASTER_KEY", KEY), ("GUARDHOUSE_SERVER__ADMIN_LISTEN", listen)];
        let warnings = load(&with_env(Source::default(), &env)).warnings();
        assert_eq!(warnings.iter().any(|warning| warning.key == "server.admin_listen"), warned, "{listen}");
    }
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
fn a_second_factor_is_not_required_where_none_can_be_enrolled_m09() {
    for toml in [
        "[mfa]\npolicy = \"required\"\nmethods = []\n",
        "[mfa]\npolicy = \"off\"\nrequired_roles = [\"admin\"]\n",
        "[mfa]\nrequired_roles = [\"admin\"]\nmethods = []\n",
    ] {
        let text = unsafe_in("development", toml);
        assert!(text.contains("mfa.methods: ") && text.contains("mend: "), "{toml}: {text}");
    }
    assert_eq!(unsafe_in("development", "[mfa]\npolicy = \"required\"\nmethods = [\"totp\"]\n"), "");
    let unknown = refused(&source("[mfa]\nmethods = [\"topt\"]\n"));
    assert!(unknown.contains("mfa.methods"), "{unknown}");
}
