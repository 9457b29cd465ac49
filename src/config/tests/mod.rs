//! Layers, derived values, warnings and redaction.

mod documents;
mod faults;
mod production;

use std::time::Duration;

use secrecy::ExposeSecret;
use tempfile::NamedTempFile;

use super::*;

/// A configuration from the text of a file and some variables.
fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let path = NamedTempFile::new().unwrap();
    std::fs::write(path.path(), file).unwrap();
    Config::load(Some(path.path()), pairs(variables))
}

fn pairs(variables: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let owned: Vec<_> = variables.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
    owned.into_iter()
}

fn variables_only(variables: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    Config::load(None, pairs(variables))
}

#[test]
fn the_defaults_are_a_configuration() {
    let config = variables_only(&[]).unwrap();
    assert_eq!(config.server.mode, Mode::Development);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.url.to_string(), "sqlite:data/passage.db");
    assert_eq!(config.identity.access_token, Duration::from_secs(600));
    assert_eq!(config.identity.refresh_token, Duration::from_secs(7 * 86_400));
    assert_eq!(config.identity.invitation, Duration::from_secs(72 * 3600));
    assert_eq!(config.limits.page_max, 200);
    assert!(config.tls.files.is_none() && config.server.trusted_proxies.is_empty());
    assert!(config.identity.confirm_accounts && config.metrics.listen.is_none());
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
}

#[test]
fn the_environment_lies_over_the_file_and_the_file_over_the_defaults() {
    let file = "[database]\nreaders = 3\nqueue = 99\n[limits]\npage_default = 10\n";
    let variables = [
        ("PASSAGE_DATABASE__QUEUE", "100"),
        ("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "false"),
        ("PASSAGE_SERVER__LISTEN", "[::1]:0"),
        ("PASSAGE_LOG__FORMAT", "json"),
        ("PASSAGE_TEST_POSTGRES", "ignored"),
        ("PATH", "ignored"),
    ];
    let config = load(file, &variables).unwrap();
    assert_eq!(config.database.readers, 3);
    assert_eq!(config.database.queue, 100);
    assert_eq!(config.database.connections, 8);
    assert_eq!(config.limits.page_default, 10);
    assert!(!config.identity.confirm_accounts);
    assert_eq!(config.server.listen.to_string(), "[::1]:0");
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn what_is_empty_follows_another_setting_also_when_that_changes_later() {
    let mut config = Config::default();
    config.server.listen = "127.0.0.1:9".parse().unwrap();
    assert_eq!(config.public_url(), "http://127.0.0.1:9");
    assert_eq!(config.issuer(), "http://127.0.0.1:9");
    assert_eq!(config.signing_key_file(), PathBuf::from("data/signing-key.pem"));
    assert_eq!(config.migration_url().to_string(), "sqlite:data/passage.db");

    let config = variables_only(&[
        ("PASSAGE_SERVER__PUBLIC_URL", "https://passage.example.org:8443"),
        ("PASSAGE_SERVER__DATA_DIR", "/var/lib/passage"),
        ("PASSAGE_DATABASE__MIGRATION_URL", "sqlite:other.db"),
    ])
    .unwrap();
    assert_eq!(config.issuer(), "https://passage.example.org:8443");
    assert_eq!(config.signing_key_file(), PathBuf::from("/var/lib/passage/signing-key.pem"));
    assert_eq!(config.migration_url().to_string(), "sqlite:other.db");

    let config = variables_only(&[
        ("PASSAGE_TLS__CERTIFICATE_FILE", "a.pem"),
        ("PASSAGE_TLS__KEY_FILE", "b.pem"),
        ("PASSAGE_SERVER__TRUSTED_PROXIES", "10.1.2.3/8, ::1"),
    ])
    .unwrap();
    assert_eq!(config.public_url(), "https://127.0.0.1:8080");
    let proxies: Vec<_> = config.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);

    let config = variables_only(&[
        ("PASSAGE_IDENTITY__ISSUER", "https://tokens.example.org"),
        ("PASSAGE_IDENTITY__SIGNING_KEY_FILE", "/etc/key.pem"),
    ])
    .unwrap();
    assert_eq!(config.issuer(), "https://tokens.example.org");
    assert_eq!(config.signing_key_file(), PathBuf::from("/etc/key.pem"));
}

const SECRETS: [(&str, &str); 2] = [
    ("PASSAGE_DATABASE__URL", "postgres://passage:hunter2@db.example.org/passage?password=hunter3"),
    ("PASSAGE_DATABASE__MIGRATION_URL", "postgres://owner:hunter2@db.example.org/passage"),
];

#[test]
fn secrets_are_there_and_shown_nowhere() {
    let config = variables_only(&SECRETS).unwrap();
    let DatabaseUrl::Postgres(url) = &config.database.url else { panic!("another database") };
    assert_eq!(url.expose_secret(), SECRETS[0].1);
    for shown in [format!("{config:?}"), format!("{config:#?}"), config.describe()] {
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.contains("postgres://passage:***@db.example.org/passage"), "{shown}");
        assert!(shown.contains("postgres://owner:***@db.example.org/passage"), "{shown}");
    }
    let kept = config.layers.settings.iter().filter_map(|setting| match &setting.value {
        layers::Scalar::Text(text) => Some(text),
        _ => None,
    });
    assert!(kept.into_iter().all(|text| !text.contains("hunter")));
}

#[test]
fn the_description_names_each_value_with_its_source_and_is_toml() {
    let file = "[server]\n\nlisten = \"127.0.0.1:81\"\n";
    let config = load(file, &[("PASSAGE_LOG__FILTER", "info,passage::db=debug")]).unwrap();
    let text = config.describe();
    let line = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert_eq!(line("mode"), "mode = \"development\"  # default");
    assert!(line("listen").starts_with("listen = \"127.0.0.1:81\"  # file "), "{text}");
    assert!(line("listen").ends_with(", line 3"), "{text}");
    assert_eq!(
        line("filter"),
        "filter = \"info,passage::db=debug\"  # environment variable PASSAGE_LOG__FILTER"
    );
    assert_eq!(
        line("public_url"),
        "public_url = \"\"  # default; in effect \"http://127.0.0.1:81\""
    );
    assert!(line("issuer").ends_with("in effect \"http://127.0.0.1:81\""));
    assert!(line("signing_key_file").ends_with("in effect \"data/signing-key.pem\""));
    assert_eq!(load(&text, &[]).unwrap().log.filter, "info,passage::db=debug");
    assert_eq!(text.lines().filter(|line| line.contains(" = ")).count(), documents::schema().len());
}

#[test]
fn in_production_admins_and_authorities_need_a_second_factor() {
    let production = [
        ("PASSAGE_SERVER__MODE", "production"),
        ("PASSAGE_SERVER__PUBLIC_URL", "https://passage.example.org"),
    ];
    assert_eq!(Config::default().second_factor_for(), RoleSet::EMPTY);
    let config = variables_only(&production).unwrap();
    let least = "authority, agency_admin, system_admin";
    assert_eq!(config.second_factor_for().to_string(), least);
    let line = format!("second_factor_for = \"\"  # default; in effect \"{least}\"");
    assert!(config.describe().contains(&line), "{}", config.describe());
    let more =
        ("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "auditor, system_admin,agency_admin,authority");
    let config = variables_only(&[production.as_slice(), &[more]].concat()).unwrap();
    assert_eq!(
        config.second_factor_for().to_string(),
        "authority, auditor, agency_admin, system_admin"
    );
    let demonstration =
        variables_only(&[("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "auditor")]).unwrap();
    assert_eq!(demonstration.second_factor_for().to_string(), "auditor");
}

#[test]
fn warnings_are_loud_where_something_is_open() {
    let production = [
        ("PASSAGE_SERVER__MODE", "production"),
        ("PASSAGE_SERVER__PUBLIC_URL", "https://passage.example.org"),
    ];
    assert_eq!(variables_only(&production).unwrap().warnings(), Vec::<String>::new());
    let mut config = variables_only(&production).unwrap();
    config.database.migration_url = Some("sqlite:a".parse().unwrap());
    config.metrics.listen = Some("0.0.0.0:1".parse().unwrap());
    let lines = config.warnings();
    assert!(lines[0].contains("metrics.listen") && lines[1].contains("database.migration_url"));
    assert_eq!(lines.len(), 2);

    // Outside production one URL may serve both.
    let mut config = Config::default();
    config.database.migration_url = Some("sqlite:a".parse().unwrap());
    assert_eq!(config.warnings(), ["development mode: not for real cases"]);
    assert_eq!(Config::default().warnings(), ["development mode: not for real cases"]);
    let lines = variables_only(&[
        ("PASSAGE_SERVER__MODE", "demonstration"),
        ("PASSAGE_SERVER__LISTEN", "0.0.0.0:8080"),
        ("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "false"),
        ("PASSAGE_IDENTITY__ARGON2_MEMORY_KIB", "8"),
    ])
    .unwrap()
    .warnings();
    for expected in ["demonstration mode", "without confirmation", "hashed weakly", "unencrypted"] {
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected}: {lines:?}");
    }
    assert_eq!(lines.len(), 4);
}
