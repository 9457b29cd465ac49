//! Every kind of fault: its source, its key, what is wrong and what would be right.

use super::*;

/// The faults, which must be exactly as many as `expected`, each holding its words.
pub(super) fn assert_faults(result: Result<Config, ConfigFaults>, expected: &[&[&str]]) {
    let faults = result.unwrap_err();
    let text = faults.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{text}");
    assert_eq!(faults.all().len(), expected.len(), "{text}");
    for (line, words) in lines.iter().zip(expected) {
        for word in *words {
            assert!(line.contains(word), "{word:?} is missing in: {line}");
        }
    }
}

#[test]
fn a_file_says_unknown_names_wrong_types_and_where() {
    let file = r#"listen = "127.0.0.1:1"
servr = "x"
colour = "red"
log = "info"

[metrcs]
listen = ""

[server]
listn = "127.0.0.1:1"
readers = 1
flavour = "sweet"
workers = "4"
mode = 1
data_dir = ["a"]
shutdown_grace_seconds = 1.5

[identity]
confirm_accounts = "no"
audience = { a = 1 }
issuer = 2026-01-01
argon2_iterations = 99999999999999999999
"#;
    let faults = load(file, &[]).unwrap_err();
    let faults: Vec<_> = faults.all().iter().map(ToString::to_string).collect();
    let expected = [
        "line 1: listen: stands outside its section: did you mean server.listen?",
        "line 2: servr: no such section: did you mean [server]?",
        "line 3: colour: no such section; `passage config check` lists them all",
        "line 4: log: is a section: write [log] and its settings below",
        "line 6: metrcs: no such section: did you mean [metrics]?",
        "line 10: server.listn: no such setting: did you mean server.listen?",
        "line 11: server.readers: no such setting: did you mean database.readers?",
        "line 12: server.flavour: no such setting; `passage config check` lists them all",
        "line 13: server.workers: expected a whole number, found a text in quotes",
        "line 14: server.mode: expected a text in quotes, found a whole number",
        "line 15: server.data_dir: expected a text in quotes, found a list",
        "line 16: server.shutdown_grace_seconds: expected a whole number, found a number with a fraction",
        "line 19: identity.confirm_accounts: expected true or false, found a text in quotes",
        "line 20: identity.audience: expected a text in quotes, found a section",
        "line 21: identity.issuer: expected a text in quotes, found a date or time",
        "line 22: identity.argon2_iterations: expected a whole number, found a number that is too large",
    ];
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with("file /") && fault.ends_with(expected), "{fault}\n{expected}");
    }
    assert_eq!(faults.len(), expected.len());
}

#[test]
fn a_file_that_is_no_toml_shows_every_line_and_no_content() {
    let file = "[database]\nurl = postgres://u:hunter2@db/p\nreaders = = 2\n";
    let variables = [("PASSAGE_SERVER__MODE", "production"), ("PASSAGE_DATABASE__READERS", "0")];
    let faults = load(file, &variables).unwrap_err();
    let text = faults.to_string();
    assert!(text.contains("line 2: is not TOML") && text.contains("line 3: is not TOML"), "{text}");
    assert!(text.contains("PASSAGE_DATABASE__READERS"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("production mode"), "{text}");

    let missing = Config::load(Some(Path::new("/does/not/exist.toml")), std::iter::empty());
    assert_faults(missing, &[&["file /does/not/exist.toml: cannot be read: No such file"]]);
}

#[test]
fn the_environment_says_unknown_names_and_unreadable_values() {
    let result = variables_only(&[
        ("PASSAGE_CONFIG", "hunter2"),
        ("PASSAGE_DATABASE_URL", "hunter2"),
        ("PASSAGE_DATABASE__READERS", "two"),
        ("PASSAGE_IDENTITY__AUDIENCE", "\u{fffd}"),
        ("PASSAGE_IDENTITY__CONFIRM_ACCOUNTS", "False"),
        ("PASSAGE_SERVER__LISTN", "x"),
        ("PASSAGE_TEST", "x"),
        ("PASSAGE_server__listen", "x"),
    ]);
    assert!(!format!("{result:?}").contains("hunter2"));
    assert_faults(
        result,
        &[
            &["environment variable PASSAGE_CONFIG: no such setting; ", "PASSAGE_<SECTION>__<KEY>"],
            &["PASSAGE_DATABASE_URL: no such setting: did you mean PASSAGE_DATABASE__URL?"],
            &["PASSAGE_DATABASE__READERS: database.readers: expected a whole number"],
            &["PASSAGE_IDENTITY__AUDIENCE: identity.audience: expected a value in UTF-8"],
            &["CONFIRM_ACCOUNTS: identity.confirm_accounts: expected true or false"],
            &["PASSAGE_SERVER__LISTN: no such setting: did you mean PASSAGE_SERVER__LISTEN?"],
            &["PASSAGE_TEST: no such setting"],
            &["PASSAGE_server__listen: no such setting: did you mean PASSAGE_SERVER__LISTEN?"],
        ],
    );
}

#[test]
fn values_are_judged_and_texts_are_never_repeated() {
    let result = variables_only(&[
        ("PASSAGE_DATABASE__MIGRATION_URL", "postgres://u:hun/ter2@db"),
        ("PASSAGE_DATABASE__READERS", "0"),
        ("PASSAGE_DATABASE__URL", "mysql://u:hunter2@db"),
        ("PASSAGE_IDENTITY__AUDIENCE", ""),
        ("PASSAGE_IDENTITY__ISSUER", "https://ter2.example.org/"),
        ("PASSAGE_LIMITS__BODY_BYTES", "-1"),
        ("PASSAGE_LOG__FILTER", "passage=ter2"),
        ("PASSAGE_LOG__FORMAT", "jsonn"),
        ("PASSAGE_METRICS__LISTEN", "localhost:ter2"),
        ("PASSAGE_SERVER__DATA_DIR", " "),
        ("PASSAGE_SERVER__LISTEN", "localhost:8080"),
        ("PASSAGE_SERVER__MODE", "ter2"),
        ("PASSAGE_SERVER__PUBLIC_URL", "ftp://ter2"),
    ]);
    assert!(!format!("{result:?}").contains("ter2"), "{result:?}");
    assert_faults(
        result,
        &[
            &[
                "PASSAGE_SERVER__MODE: server.mode: expected one of development, demonstration, prod",
            ],
            &["PASSAGE_SERVER__LISTEN: server.listen: expected an IP address and a port"],
            &["PASSAGE_SERVER__PUBLIC_URL: server.public_url: expected https:// or http://"],
            &["PASSAGE_SERVER__DATA_DIR: server.data_dir: expected the path"],
            &["PASSAGE_DATABASE__URL: database.url: expected sqlite:PATH or postgres://"],
            &["PASSAGE_DATABASE__MIGRATION_URL: database.migration_url: expected @ only before"],
            &["PASSAGE_DATABASE__READERS: database.readers: expected", "from 1 to 64, found 0"],
            &["PASSAGE_METRICS__LISTEN: metrics.listen: expected an IP address"],
            &["PASSAGE_IDENTITY__ISSUER: identity.issuer: expected https:// or http://"],
            &["PASSAGE_IDENTITY__AUDIENCE: identity.audience: expected a name without spaces"],
            &["PASSAGE_LIMITS__BODY_BYTES: limits.body_bytes: expected", "found -1"],
            &["PASSAGE_LOG__FORMAT: log.format: expected one of text, json: did you mean json?"],
            &["PASSAGE_LOG__FILTER: log.filter: expected a level"],
        ],
    );
}

#[test]
fn origins_are_scheme_host_and_port() {
    let is_right = |url| variables_only(&[("PASSAGE_SERVER__PUBLIC_URL", url)]).is_ok();
    for right in ["https://a.example", "http://127.0.0.1:80", "https://[::1]:8443", ""] {
        assert!(is_right(right), "{right}");
    }
    for wrong in [
        "https://",
        "https://a/",
        "https://a/b",
        "https://u:p@a",
        "https://a:0",
        "https://a:x",
        "https://:1",
        "https://a b",
        "https://[::1",
        "https://[zz]",
        "https://a?b",
        "https://%2f",
        "https://a:+1",
        "https://[::1]x",
    ] {
        assert!(!is_right(wrong), "{wrong}");
    }
}

#[test]
fn settings_are_held_to_each_other() {
    let file = "[limits]\npage_default = 100\npage_max = 50\n[identity]\nrefresh_token_days = 1\n\
        session_idle_hours = 25\nargon2_memory_kib = 31\nargon2_parallelism = 4\n\
        [metrics]\nlisten = \"127.0.0.1:8080\"\n[database]\nmigration_url = \"postgres://db\"\n";
    assert_faults(
        load(file, &[]),
        &[
            &["line 2: limits.page_default: ", "limits.page_max"],
            &["line 6: identity.session_idle_hours: ", "identity.refresh_token_days"],
            &["line 7: identity.argon2_memory_kib: ", "identity.argon2_parallelism"],
            &["line 10: metrics.listen: ", "server.listen"],
            &["line 12: database.migration_url: ", "database.url"],
        ],
    );
    let file = "[mail]\nuser = \"passage\"\nsecurity = \"none\"\n";
    assert_faults(
        load(file, &[]),
        &[&["mail.password_file: ", "mail.user"], &["line 3: mail.security: ", "mail.user"]],
    );
    for server in ["mail.example.org", ":25", "mail.example.org:0", "a b:25", "mail:x"] {
        let file = format!("[mail]\nserver = \"{server}\"\n");
        assert_faults(load(&file, &[]), &[&["line 2: mail.server: ", "name of the mail server"]]);
    }
    let file = "[identity]\nsecond_factor_for = \"auditor,king\"\n";
    assert_faults(
        load(file, &[]),
        &[&["line 2: identity.second_factor_for: ", "auditor", "commas"]],
    );
    for (file, key) in [
        ("[tls]\ncertificate_file = \"a.pem\"\n", "line 2: tls.certificate_file: "),
        ("[tls]\nkey_file = \"a.pem\"\n", "line 2: tls.key_file: "),
    ] {
        assert_faults(load(file, &[]), &[&[key, "expected together with the other"]]);
    }
    for wrong in ["10.0.0.0/33", "proxy.example.org", "10.0.0.1 10.0.0.2", "10.0.0.1:80"] {
        let file = format!("[server]\ntrusted_proxies = \"{wrong}\"\n");
        assert_faults(load(&file, &[]), &[&["line 2: server.trusted_proxies: expected addresses"]]);
    }
    // What is wrong by itself is not blamed on its neighbour.
    let file = "[limits]\npage_default = 100\npage_max = 0\n";
    assert_faults(load(file, &[]), &[&["line 3: limits.page_max"]]);
}

#[test]
fn all_layers_are_judged_at_once() {
    let file = "[database]\nreadrs = 1\nqueue = 1\n";
    let variables = [
        ("PASSAGE_SERVER__MODE", "production"),
        ("PASSAGE_LOG__FORMAT", "xml"),
        ("PASSAGE_NOTHING", "1"),
    ];
    assert_faults(
        load(file, &variables),
        &[
            &["line 2: database.readrs: no such setting: did you mean database.readers?"],
            &["PASSAGE_NOTHING: no such setting"],
            &["line 3: database.queue: expected a whole number from 16 to 65536, found 1"],
            &["PASSAGE_LOG__FORMAT: log.format: expected one of text, json"],
            &["server.public_url: production mode"],
        ],
    );
}
