//! What production mode refuses: each by itself, and all at once.

use std::os::unix::fs::PermissionsExt as _;

use super::faults::assert_faults;
use super::*;

const SAFE: [(&str, &str); 2] = [
    ("PASSAGE_SERVER__MODE", "production"),
    ("PASSAGE_SERVER__PUBLIC_URL", "https://passage.example.org"),
];

fn to_serve(changes: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let kept = SAFE.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    let all: Vec<_> = kept.chain(changes).copied().collect();
    Config::load_to_serve(None, pairs(&all))
}

/// What is not safe, with the words of the refusal; what has to be there for it stands beside it.
const UNSAFE: [(&[(&str, &str)], &str); 19] = [
    (
        &[("PASSAGE_SERVER__PUBLIC_URL", "")],
        "server.public_url: production mode needs the https://",
    ),
    (
        &[("PASSAGE_SERVER__PUBLIC_URL", "http://passage.example.org")],
        "server.public_url: production mode needs the https://",
    ),
    (&[("PASSAGE_SERVER__LISTEN", "0.0.0.0:80")], "server.listen: production mode needs TLS"),
    (&[("PASSAGE_SERVER__LISTEN", "10.0.0.1:80")], "server.listen: production mode needs TLS"),
    (
        &[
            ("PASSAGE_SERVER__LISTEN", "203.0.113.1:80"),
            ("PASSAGE_SERVER__TRUSTED_PROXIES", "203.0.113.2"),
        ],
        "server.listen: production mode needs TLS (tls.certificate_file and tls.key_file) on a public",
    ),
    (
        &[("PASSAGE_SERVER__TRUSTED_PROXIES", "0.0.0.0/0")],
        "server.trusted_proxies: production mode believes no header that anybody may send",
    ),
    (&[("PASSAGE_METRICS__LISTEN", "0.0.0.0:9464")], "metrics.listen: production mode needs an"),
    (
        &[("PASSAGE_METRICS__LISTEN", "203.0.113.1:9464")],
        "metrics.listen: production mode needs an",
    ),
    (&[("PASSAGE_METRICS__LISTEN", "[::]:9464")], "metrics.listen: production mode needs an"),
    (
        &[("PASSAGE_MAIL__SERVER", "mail.example.org:25"), ("PASSAGE_MAIL__SECURITY", "none")],
        "mail.security: production mode needs starttls or tls",
    ),
    (
        &[("PASSAGE_IDENTITY__ISSUER", "http://a")],
        "identity.issuer: production mode needs an https://",
    ),
    (
        &[("PASSAGE_IDENTITY__FEDERATION_LOOPBACK_HTTP", "true")],
        "identity.federation_loopback_http: production mode needs false",
    ),
    (
        &[("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "false")],
        "identity.confirm_accounts: production mode needs true",
    ),
    (
        &[("PASSAGE_IDENTITY__SECOND_FACTOR_FOR", "auditor, authority")],
        "identity.second_factor_for: production mode needs agency_admin, system_admin among",
    ),
    (
        &[("PASSAGE_IDENTITY__ARGON2_MEMORY_KIB", "64")],
        "identity.argon2_memory_kib: production mode needs at least 19456, found 64",
    ),
    (
        &[("PASSAGE_IDENTITY__ARGON2_ITERATIONS", "1")],
        "identity.argon2_iterations: production mode needs at least 2, found 1",
    ),
    (
        &[("PASSAGE_DATABASE__URL", "postgres://u:p@db.example.org/passage")],
        "database.url: production mode needs sslmode=verify-full",
    ),
    (
        &[("PASSAGE_DATABASE__URL", "postgres://u:p@db.example.org/passage?sslmode=require")],
        "database.url: production mode needs sslmode=verify-full",
    ),
    (
        &[("PASSAGE_DATABASE__MIGRATION_URL", "sqlite:other.db")],
        "database.migration_url: production mode keeps the owner",
    ),
];

#[test]
fn what_is_safe_is_served() {
    for changes in [
        &[][..],
        &[("PASSAGE_SERVER__LISTEN", "[::1]:80"), ("PASSAGE_METRICS__LISTEN", "[::1]:9464")],
        &[
            ("PASSAGE_SERVER__LISTEN", "0.0.0.0:80"),
            ("PASSAGE_SERVER__TRUSTED_PROXIES", "10.0.0.2"),
        ],
        &[
            ("PASSAGE_SERVER__LISTEN", "10.0.0.1:80"),
            ("PASSAGE_SERVER__TRUSTED_PROXIES", "10.0.0.2"),
        ],
        &[
            ("PASSAGE_SERVER__LISTEN", "203.0.113.1:443"),
            ("PASSAGE_TLS__CERTIFICATE_FILE", "/does/not/exist.pem"),
            ("PASSAGE_TLS__KEY_FILE", "/does/not/exist.pem"),
        ],
        &[("PASSAGE_MAIL__SERVER", "localhost:25"), ("PASSAGE_MAIL__SECURITY", "none")],
        &[("PASSAGE_DATABASE__URL", "postgres://u:p@db.example.org/passage?sslmode=verify-full")],
        &[("PASSAGE_DATABASE__URL", "postgres://u@/passage?host=/run/postgresql")],
    ] {
        let config = to_serve(changes).unwrap_or_else(|faults| panic!("{changes:?}: {faults}"));
        assert_eq!(config.warnings(), Vec::<String>::new(), "{changes:?}");
    }
    // It is allowed in an inner network, and said aloud.
    let lines = to_serve(&[("PASSAGE_METRICS__LISTEN", "10.0.0.1:9464")]).unwrap().warnings();
    assert!(lines.len() == 1 && lines[0].contains("metrics.listen"), "{lines:?}");
}

#[test]
fn each_is_refused_by_itself_and_in_no_other_mode() {
    for (changes, words) in UNSAFE {
        assert_faults(to_serve(changes), &[&[words]]);
        for mode in ["development", "demonstration"] {
            let other = [changes, &[("PASSAGE_SERVER__MODE", mode)]].concat();
            assert!(to_serve(&other).is_ok(), "{changes:?}");
        }
    }
    // The owner of the tables is whom `passage migrate` works as.
    let migrating = [SAFE.as_slice(), &[("PASSAGE_DATABASE__MIGRATION_URL", "sqlite:other.db")]];
    assert!(variables_only(&migrating.concat()).is_ok());
}

#[test]
fn keys_that_others_may_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let file = |name: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, "a secret").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        file.display().to_string()
    };
    let (signing, sealing) = (file("signing-key.pem"), file("identifier-keys"));
    let (tls, mail) = (file("tls.pem"), file("mail"));
    let changes = [
        ("PASSAGE_SERVER__DATA_DIR", path.as_str()),
        ("PASSAGE_TLS__CERTIFICATE_FILE", tls.as_str()),
        ("PASSAGE_TLS__KEY_FILE", tls.as_str()),
        ("PASSAGE_MAIL__USER", "passage"),
        ("PASSAGE_MAIL__PASSWORD_FILE", mail.as_str()),
    ];
    let expected: [&[&str]; 4] = [
        &["identity.signing_key_file: production mode needs a file that only its owner", "0644"],
        &["database.identifier_keys_file: production mode needs a file"],
        &["tls.key_file: production mode needs a file"],
        &["mail.password_file: production mode needs a file"],
    ];
    assert_faults(to_serve(&changes), &expected);
    for file in [signing, sealing, tls.clone(), mail.clone()] {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(to_serve(&changes).is_ok());
}

#[test]
fn all_of_it_is_refused_at_once() {
    let mut changes: Vec<(&str, &str)> = Vec::new();
    for (name, value) in UNSAFE.iter().flat_map(|(changes, _)| *changes) {
        if changes.iter().all(|(known, _)| known != name) {
            changes.push((name, value));
        }
    }
    changes.retain(|(name, _)| *name != "PASSAGE_SERVER__TRUSTED_PROXIES");
    assert_faults(
        to_serve(&changes),
        &[
            &["database.migration_url: expected the same kind"],
            &["server.public_url"],
            &["server.listen"],
            &["metrics.listen"],
            &["database.url"],
            &["mail.security"],
            &["identity.issuer"],
            &["identity.federation_loopback_http"],
            &["identity.confirm_accounts"],
            &["identity.second_factor_for"],
            &["identity.argon2_memory_kib"],
            &["identity.argon2_iterations"],
        ],
    );
}
