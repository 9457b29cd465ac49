//! The parsers that are functions.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::str::FromStr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use passage::access::RoleSet;
use passage::cases::case::input::{CaseInput, CasePatch};
use passage::cases::evidence::digest::Sha256;
use passage::cases::evidence::number::EvidenceNumber;
use passage::cases::identifiers::{IdentifierKind, normalise};
use passage::cases::legs::input::CrossingInput;
use passage::cases::milestones::position::Position;
use passage::cases::reason::Reason;
use passage::cases::reference::CaseReference;
use passage::clock::Instant;
use passage::config::{Config, DatabaseUrl, ProxyHeader, TlsFiles};
use passage::country::Country;
use passage::credentials::assertion::Assertion;
use passage::credentials::client_key::ClientKey;
use passage::credentials::key_ring::KeyRing;
use passage::credentials::marks::Marks;
use passage::credentials::one_time::OneTimeSecret;
use passage::credentials::recovery;
use passage::credentials::secrets::{self, OpaqueSecret, Purpose};
use passage::credentials::tokens::TokenIssuer;
use passage::day::Day;
use passage::db::page::Page;
use passage::decimal::{self, Shape};
use passage::email::Email;
use passage::error::Faults;
use passage::http::door::Certificates;
use passage::http::peer;
use passage::ids::{CaseId, RequestId, UserId};
use passage::journal::verify::verify_export;
use passage::language::Language;
use passage::machine_scope::MachineScopes;
use passage::phone::Phone;
use passage::quantity::Quantity;
use passage::submission::Submission;
use passage::text_enum::TextEnum as _;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Parser, Read, seeds};
use crate::harness::MachineKey;

/// The moment at which everything is judged.
fn now() -> Instant {
    "2026-03-01T04:30:00Z".parse().unwrap()
}

/// Every parser that is a function.
pub fn parsers() -> Vec<Parser> {
    let mut parsers: Vec<Parser> = Vec::new();
    let mut seeds = seeds();
    let mut add = |name: &str, read: Read| {
        let seeds = seeds.remove(name).unwrap_or_else(|| panic!("{name} has no seeds"));
        parsers.push(Parser { name: name.to_owned(), seeds, read });
    };
    for (name, read) in
        words().into_iter().chain(identifiers()).chain(bodies()).chain(surroundings())
    {
        add(name, read);
    }
    parsers.extend(signed());
    parsers.extend(files());
    parsers
}

/// A parser of bytes.
fn bytes(read: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Read {
    Box::new(read)
}

/// A parser of text; what is no text never comes to it.
fn text(read: impl Fn(&str) -> bool + Send + Sync + 'static) -> Read {
    Box::new(move |input| std::str::from_utf8(input).is_ok_and(&read))
}

fn word<T: FromStr>() -> Read {
    text(|text| text.parse::<T>().is_ok())
}

fn json<T: DeserializeOwned>() -> Read {
    Box::new(|input| serde_json::from_slice::<T>(input).is_ok())
}

fn words() -> Vec<(&'static str, Read)> {
    let user = [7; 16];
    vec![
        ("instant", word::<Instant>()),
        ("day", word::<Day>()),
        ("country", word::<Country>()),
        ("email", word::<Email>()),
        ("phone", word::<Phone>()),
        ("language", word::<Language>()),
        ("time zone", text(|name| passage::time_zone::canonical(name).is_ok())),
        ("id", word::<CaseId>()),
        ("request id", word::<RequestId>()),
        ("case reference", word::<CaseReference>()),
        ("evidence number", word::<EvidenceNumber>()),
        ("digest", word::<Sha256>()),
        ("reason", word::<Reason>()),
        ("database url", word::<DatabaseUrl>()),
        (
            "decimal",
            text(|text| {
                let shape =
                    Shape { integer_digits: 12, decimals: 6, negative: true, example: "1.5" };
                decimal::parse(text, shape).is_ok()
            }),
        ),
        ("quantity", json::<Quantity>()),
        ("position", json::<Position>()),
        ("roles", json::<RoleSet>()),
        ("scopes", text(|words| MachineScopes::from_words(words).is_some())),
        ("recovery code", text(move |code| recovery::digest(&user, code).is_some())),
        ("one-time secret", text(|secret| OneTimeSecret::restore(secret).is_ok())),
        (
            "one-time password",
            text(|password| {
                let secret = OneTimeSecret::restore("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").unwrap();
                secret.step(password, now()).is_ok() && password.len() == 6
            }),
        ),
        (
            "page",
            text(|text| {
                Page::parse(Some(text), None, 50, 200).is_ok()
                    | Page::parse(None, Some(text), 50, 200).is_ok()
            }),
        ),
    ]
}

fn identifiers() -> Vec<(&'static str, Read)> {
    let identifier = |kind: &IdentifierKind| {
        let kind = *kind;
        let name = if kind == IdentifierKind::Phone { "phone_identifier" } else { kind.as_str() };
        (name, text(move |raw| normalise(kind, raw).is_ok()))
    };
    IdentifierKind::ALL.iter().map(identifier).collect()
}

/// A body that is read, and then judged field by field.
fn judged<T: DeserializeOwned>(judge: impl Fn(T, &mut Faults) + Send + Sync + 'static) -> Read {
    Box::new(move |input| {
        let Ok(body) = sent("application/json", input).read::<T>() else { return false };
        let mut faults = Faults::new();
        judge(body, &mut faults);
        faults.is_empty()
    })
}

fn sent(kind: &str, body: &[u8]) -> Submission {
    Submission { content_type: Some(kind.to_owned()), body: body.to_vec(), if_match: None }
}

fn bodies() -> Vec<(&'static str, Read)> {
    vec![
        ("any body", bytes(|input| sent("application/json", input).read::<Value>().is_ok())),
        ("scim body", bytes(|input| sent("application/scim+json", input).read_scim().is_ok())),
        (
            "form",
            bytes(|input| {
                let sent = sent("application/x-www-form-urlencoded", input);
                sent.read_form::<passage::identity::federation::api::BackchannelLogout>().is_ok()
            }),
        ),
        (
            "version",
            text(|version| {
                let if_match = Some(version.to_owned());
                Submission { if_match, ..Submission::default() }.guard(7).is_ok()
            }),
        ),
        (
            "case",
            judged(|case: CaseInput, faults| {
                case.judge(faults, "Asia/Bishkek");
            }),
        ),
        ("change of a case", json::<CasePatch>()),
        (
            "crossing",
            judged(|crossing: CrossingInput, faults| {
                crossing.judge(faults, "Asia/Bishkek");
            }),
        ),
        (
            "public key",
            bytes(|input| {
                serde_json::from_slice::<Map<String, Value>>(input)
                    .is_ok_and(|jwk| ClientKey::read(&jwk).is_ok())
            }),
        ),
        ("exported journal", text(|journal| verify_export(journal).is_ok())),
    ]
}

/// What stands around a request, and around the server.
fn surroundings() -> Vec<(&'static str, Read)> {
    let proxies = |header: ProxyHeader| -> Read {
        let mut settings = crate::harness::settings(&[]).server;
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        settings.proxy_header = header;
        Box::new(move |input| {
            let mut headers = HeaderMap::new();
            let Ok(value) = HeaderValue::from_bytes(input) else { return false };
            let name: HeaderName = header.as_str().parse().unwrap();
            headers.append(name, value);
            let peer = "10.0.0.1".parse().unwrap();
            peer::client(peer, &headers, &settings) != peer
        })
    };
    vec![
        ("x-forwarded-for", proxies(ProxyHeader::XForwardedFor)),
        ("forwarded", proxies(ProxyHeader::Forwarded)),
        (
            "setting of the environment",
            text(|text| {
                let (name, value) = text.split_once('=').unwrap_or((text, ""));
                Config::load(None, [(name.to_owned(), value.to_owned())].into_iter()).is_ok()
            }),
        ),
    ]
}

/// What is signed or sealed, and cannot be written down beforehand.
fn signed() -> Vec<Parser> {
    let client: UserId = "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11".parse().unwrap();
    let key = MachineKey::edwards();
    let known = [ClientKey::read(key.jwk().as_object().unwrap()).unwrap()];
    let assertion = |jti: &str| {
        let head = json!({"alg": "EdDSA", "typ": "client-authentication+jwt"});
        let claims = json!({
            "iss": client, "sub": client, "aud": "https://passage.example.org", "jti": jti,
            "iat": now().seconds(), "exp": now().seconds() + 50,
        });
        key.signs(&head, &claims).into_bytes()
    };
    let seeds = vec![assertion("1"), assertion("a rather long name of an assertion")];
    let read = text(move |assertion| {
        Assertion::read(assertion).is_ok_and(|assertion| {
            assertion.verify(client, &known, "https://passage.example.org", now()).is_ok()
        })
    });
    let assertions = Parser { name: "client assertion".to_owned(), seeds, read };

    let issuer = TokenIssuer::new(
        KeyRing::generate().unwrap(),
        "https://passage.example.org",
        "passage",
        600,
    );
    let token = || {
        let agency = "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e12".parse().unwrap();
        let session = "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e13".parse().unwrap();
        issuer
            .issue(now(), client, agency, session)
            .unwrap()
            .token
            .expose_secret()
            .as_bytes()
            .to_vec()
    };
    let seeds = vec![token(), token()];
    let read = text(move |token| issuer.verify(token, now()).is_ok());
    let access_tokens = Parser { name: "access token".to_owned(), seeds, read };

    let secret = || OpaqueSecret::generate(Purpose::Refresh).unwrap().expose().as_bytes().to_vec();
    let seeds = vec![secret(), secret()];
    let read = text(|secret| secrets::digest(Purpose::Refresh, secret).is_some());
    let opaque = Parser { name: "opaque secret".to_owned(), seeds, read };
    vec![assertions, access_tokens, opaque]
}

/// A parser of a file that lies in a folder of its own.
fn file(
    name: &str,
    seeds: Vec<Vec<u8>>,
    read: impl Fn(&Path) -> bool + Send + Sync + 'static,
) -> Parser {
    let folder = tempfile::tempdir().unwrap();
    let read = Box::new(move |input: &[u8]| {
        let path = folder.path().join("file");
        write(&path, input);
        read(&path)
    });
    Parser { name: name.to_owned(), seeds, read }
}

fn write(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// What `make` leaves in a file.
fn made(make: impl Fn(&Path)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    make(&path);
    std::fs::read(&path).unwrap()
}

/// What the operator writes, which a hurried hand may harm as well.
fn files() -> Vec<Parser> {
    let ring = || made(|path| drop(KeyRing::load_or_create(path, true).unwrap()));
    let marks = || made(|path| drop(Marks::load_or_create(path, true).unwrap()));
    let defaults = include_bytes!("../../../../config/default.toml").to_vec();
    let settings =
        b"[server]\nlisten = \"127.0.0.1:8081\"\nworkers = 2\n[limits]\npage_max = 100\n".to_vec();
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = pair.signing_key.serialize_pem();
    let certificate = pair.cert.pem().into_bytes();
    let chain = [certificate.clone(), certificate.clone()].concat();
    vec![
        file("settings", vec![defaults, settings], |path| {
            Config::load(Some(path), std::iter::empty()).is_ok()
        }),
        file("signing keys", vec![ring(), ring()], |path| KeyRing::load(path).is_ok()),
        file("identifier keys", vec![marks(), marks()], |path| {
            Marks::load_or_create(path, false).is_ok()
        }),
        file("certificate", vec![certificate, chain], move |path| {
            let beside = path.with_file_name("key");
            if !beside.exists() {
                write(&beside, key.as_bytes());
            }
            Certificates::load(&TlsFiles { certificate: path.to_owned(), key: beside }).is_ok()
        }),
    ]
}
