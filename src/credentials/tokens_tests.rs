//! One change to a valid token at a time, and the fault that it must meet.

use jsonwebtoken::EncodingKey;
use secrecy::ExposeSecret as _;

use super::*;
use crate::credentials::key_ring;
use crate::credentials::keys::SigningKey;

const ISSUER: &str = "https://passage.example";
const AUDIENCE: &str = "https://passage.example/api";
const LIFETIME: u32 = 600;

struct Setting {
    ring: KeyRing,
    key: SigningKey,
    issuer: TokenIssuer,
    now: Instant,
    user: UserId,
    agency: AgencyId,
    session: SessionId,
}

impl Setting {
    fn new() -> Self {
        let now: Instant = "2026-03-01T04:30:00.750000Z".parse().unwrap();
        let ring = KeyRing::generate().unwrap();
        Self {
            issuer: TokenIssuer::new(ring.clone(), ISSUER, AUDIENCE, LIFETIME),
            key: ring.signing(now).unwrap().clone(),
            ring,
            now,
            user: Id::new(now),
            agency: Id::new(now),
            session: Id::new(now),
        }
    }

    fn token(&self) -> String {
        let issued = self.issuer.issue(self.now, self.user, self.agency, self.session).unwrap();
        assert_eq!(issued.expires_in, LIFETIME);
        issued.token.expose_secret().to_owned()
    }

    fn verify(&self, token: &str) -> Result<Claims, TokenFault> {
        self.issuer.verify(token, self.now)
    }

    /// The header and the claims of a valid token.
    fn parts(&self) -> (Value, Value) {
        let token = self.token();
        let parts: Vec<&str> = token.split('.').collect();
        (read(parts[0]), read(parts[1]))
    }

    /// The fault of a token whose header was changed and that was signed anew with the right key.
    fn with_header(&self, change: impl FnOnce(&mut Value)) -> Result<Claims, TokenFault> {
        let (mut header, claims) = self.parts();
        change(&mut header);
        self.verify(&signed(&header, &claims, self.key.encoding()))
    }

    /// The fault of a token in which one claim was changed and that was signed anew with the right key.
    fn with_claim(&self, name: &str, value: Value) -> Result<Claims, TokenFault> {
        let (header, mut claims) = self.parts();
        claims[name] = value;
        self.verify(&signed(&header, &claims, self.key.encoding()))
    }
}

fn another_key() -> SigningKey {
    KeyRing::generate().unwrap().signing(Instant::EARLIEST).unwrap().clone()
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn write(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, key: &EncodingKey) -> String {
    let message = format!("{}.{}", write(header), write(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn a_token_says_what_was_issued_and_nothing_more() {
    let setting = Setting::new();
    let (header, claims) = setting.parts();
    assert_eq!(header, json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": setting.key.kid() }));
    let names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ["iss", "aud", "sub", "agency", "sid", "jti", "iat", "exp"].to_vec();
    expected.sort_unstable();
    assert_eq!(
        {
            let mut names = names;
            names.sort_unstable();
            names
        },
        expected
    );

    let verified = setting.verify(&setting.token()).unwrap();
    assert_eq!(verified.user, setting.user);
    assert_eq!(verified.agency, setting.agency);
    assert_eq!(verified.session, setting.session);
    assert_eq!(verified.issued_at, "2026-03-01T04:30:00Z".parse().unwrap());
    assert_eq!(verified.expires_at, "2026-03-01T04:40:00Z".parse().unwrap());
}

#[test]
fn no_two_tokens_are_alike() {
    let setting = Setting::new();
    let one = setting.verify(&setting.token()).unwrap();
    let other = setting.verify(&setting.token()).unwrap();
    assert_ne!(one.token, other.token);
}

#[test]
fn a_token_lives_until_it_expires_give_or_take_five_seconds() {
    let setting = Setting::new();
    let token = setting.token();
    let exp = setting.verify(&token).unwrap().expires_at;
    for fresh in [true, false] {
        let another;
        let issuer = if fresh {
            another = TokenIssuer::new(setting.ring.clone(), ISSUER, AUDIENCE, LIFETIME);
            &another
        } else {
            &setting.issuer
        };
        assert_eq!(issuer.verify(&token, exp.plus_seconds(5)), Err(TokenFault::Expired));
        assert_eq!(issuer.verify(&token, exp.plus_seconds(6)), Err(TokenFault::Expired));
        assert!(issuer.verify(&token, exp.plus_seconds(4)).is_ok());
        let iat = exp.plus_seconds(-i64::from(LIFETIME));
        assert!(issuer.verify(&token, iat.plus_seconds(-5)).is_ok());
        assert_eq!(issuer.verify(&token, iat.plus_seconds(-6)), Err(TokenFault::NotYetValid));
    }
}

#[test]
fn times_are_whole_numbers() {
    let setting = Setting::new();
    let now = setting.now.seconds();
    assert_eq!(setting.with_claim("exp", json!(now - 6)), Err(TokenFault::Expired));
    assert_eq!(setting.with_claim("iat", json!(now + 7)), Err(TokenFault::NotYetValid));
    for name in ["exp", "iat"] {
        for value in [
            json!((now + 60).to_string()),
            json!(60.5),
            json!(1e300),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(null),
            json!([now]),
            json!(true),
        ] {
            assert_eq!(setting.with_claim(name, value.clone()), Err(TokenFault::Claims), "{value}");
        }
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let setting = Setting::new();
    let (mut header, claims) = setting.parts();
    for none in ["none", "None", "NONE", ""] {
        header["alg"] = json!(none);
        let message = format!("{}.{}", write(&header), write(&claims));
        assert_eq!(setting.verify(&format!("{message}.")), Err(TokenFault::Algorithm));
    }
    header["alg"] = json!("EdDSA");
    let message = format!("{}.{}", write(&header), write(&claims));
    assert_eq!(setting.verify(&format!("{message}.")), Err(TokenFault::Signature));
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let setting = Setting::new();
    let (_, claims) = setting.parts();
    let x = setting.key.jwk()["x"].as_str().unwrap().to_owned();
    for secret in [URL_SAFE_NO_PAD.decode(&x).unwrap(), x.into_bytes()] {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(setting.key.kid().to_owned());
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        assert_eq!(setting.verify(&token), Err(TokenFault::Algorithm));
    }
}

#[test]
fn another_key_is_refused_whatever_it_is_called() {
    let setting = Setting::new();
    let (mut header, claims) = setting.parts();
    let other = another_key();
    let forged = signed(&header, &claims, other.encoding());
    assert_eq!(setting.verify(&forged), Err(TokenFault::Signature));
    let long = "k".repeat(1_000);
    for kid in [other.kid(), "", "../../etc/passwd", "' OR 1=1 --", &long] {
        header["kid"] = json!(kid);
        let forged = signed(&header, &claims, other.encoding());
        assert_eq!(setting.verify(&forged), Err(TokenFault::UnknownKey), "{kid}");
    }
}

#[test]
fn a_key_in_the_header_is_not_believed() {
    let setting = Setting::new();
    let (mut header, claims) = setting.parts();
    let other = another_key();
    for (name, value) in [
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("jwk", other.jwk()),
    ] {
        header[name] = value.clone();
        let forged = signed(&header, &claims, other.encoding());
        assert_eq!(setting.verify(&forged), Err(TokenFault::Signature), "{name}");
        assert!(setting.with_header(|header| header[name] = value).is_ok(), "{name} is ignored");
    }
}

#[test]
fn the_header_must_be_ours() {
    let setting = Setting::new();
    for typ in [json!("JWT"), json!("AT+JWT"), json!("application/at+jwt"), json!("logout+jwt")] {
        let refused = setting.with_header(|header| header["typ"] = typ.clone());
        assert_eq!(refused, Err(TokenFault::Type), "{typ}");
    }
    let without = |name: &'static str| {
        setting.with_header(|header| {
            header.as_object_mut().unwrap().remove(name);
        })
    };
    assert_eq!(without("typ"), Err(TokenFault::Type));
    assert_eq!(without("kid"), Err(TokenFault::UnknownKey));
    assert_eq!(without("alg"), Err(TokenFault::Malformed));
    let refused = setting.with_header(|header| header["crit"] = json!(["b64"]));
    assert_eq!(refused, Err(TokenFault::Critical));
    for alg in ["ES256", "RS256", "HS256", "Ed25519", "eddsa"] {
        let refused = setting.with_header(|header| header["alg"] = json!(alg));
        assert_eq!(refused, Err(TokenFault::Algorithm), "{alg}");
    }
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let setting = Setting::new();
    let token = setting.token();
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = read(parts[1]);
    claims["agency"] = json!(AgencyId::new(setting.now));
    let forged = format!("{}.{}.{}", parts[0], write(&claims), parts[2]);
    assert_eq!(setting.verify(&forged), Err(TokenFault::Signature));
}

#[test]
fn issuer_and_audience_are_exact_strings() {
    let setting = Setting::new();
    for (name, right, fault) in
        [("iss", ISSUER, TokenFault::Issuer), ("aud", AUDIENCE, TokenFault::Audience)]
    {
        assert!(setting.with_claim(name, json!(right)).is_ok());
        for wrong in [format!("{right}/"), right.to_uppercase(), String::new()] {
            assert_eq!(setting.with_claim(name, json!(wrong)), Err(fault), "{wrong}");
        }
        for wrong in [json!([right]), json!([right, "other"]), json!(null), json!({}), json!(1)] {
            let refused = setting.with_claim(name, wrong.clone());
            assert_eq!(refused, Err(TokenFault::Claims), "{wrong}");
        }
    }
}

#[test]
fn every_claim_is_needed_and_identifiers_are_identifiers() {
    let setting = Setting::new();
    let (header, claims) = setting.parts();
    for name in claims.as_object().unwrap().keys() {
        let mut fewer = claims.clone();
        fewer.as_object_mut().unwrap().remove(name);
        let token = signed(&header, &fewer, setting.key.encoding());
        assert_eq!(setting.verify(&token), Err(TokenFault::Claims), "{name}");
    }
    for name in ["sub", "agency", "sid", "jti"] {
        for value in [json!("someone@police.example"), json!(""), json!(7), json!(null)] {
            assert_eq!(setting.with_claim(name, value), Err(TokenFault::Claims), "{name}");
        }
    }
}

#[test]
fn a_claim_given_twice_is_refused() {
    let setting = Setting::new();
    let (header, claims) = setting.parts();
    let twice = claims.to_string().replacen('{', r#"{"exp":1,"#, 1);
    let message = format!("{}.{}", write(&header), URL_SAFE_NO_PAD.encode(twice));
    let key = setting.key.encoding();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
    assert_eq!(setting.verify(&format!("{message}.{signature}")), Err(TokenFault::Claims));
}

#[test]
fn a_text_that_is_no_token_is_refused() {
    let setting = Setting::new();
    let token = setting.token();
    for length in 0..token.len() {
        let fault = setting.verify(&token[..length]).unwrap_err();
        assert!(
            matches!(fault, TokenFault::Malformed | TokenFault::Signature),
            "{length}: {fault}"
        );
    }
    for malformed in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b.c.d",
        "{}.{}.{}",
        "ы.ы.ы",
        "bnVsbA.bnVsbA.bnVsbA",
        &format!("{token}.{token}"),
        &format!("{token}="),
        &format!(" {token}"),
        &format!("{token}.e30"),
        &token.replace('.', ".."),
    ] {
        assert_eq!(setting.verify(malformed), Err(TokenFault::Malformed), "{malformed}");
    }
    assert_eq!(setting.verify(&"a".repeat(LONGEST)), Err(TokenFault::Malformed));
    assert_eq!(setting.verify(&"a".repeat(LONGEST + 1)), Err(TokenFault::TooLong));
    assert_eq!(setting.verify(&token.repeat(100_000)), Err(TokenFault::TooLong));
}

/// A file with the key of `setting`, in which a rotation has begun at that time.
fn rotated(setting: &Setting) -> KeyRing {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.pem");
    let former = key_ring::rotate(&path, setting.now.plus_seconds(-NOTICE), NOTICE).unwrap();
    assert!(setting.issuer.take_keys(former));
    key_ring::rotate(&path, setting.now, NOTICE).unwrap()
}

/// How long a key is published before it signs, in these tests.
const NOTICE: i64 = 3600;

fn kid(token: &str) -> Value {
    read(token.split('.').next().unwrap())["kid"].clone()
}

#[test]
fn the_next_key_is_published_signs_in_its_time_and_the_former_one_is_believed_for_a_while() {
    let mut setting = Setting::new();
    let ring = rotated(&setting);
    let early = setting.token();
    let former = kid(&early);
    assert!(setting.issuer.take_keys(ring.clone()));
    assert!(!setting.issuer.take_keys(ring), "the same again is no change");
    let published = |setting: &Setting| {
        let keys = setting.issuer.jwks(setting.now);
        assert!(!keys.to_string().contains(r#""d""#));
        keys["keys"].as_array().unwrap().len()
    };
    assert_eq!((published(&setting), kid(&setting.token())), (2, former.clone()));
    assert!(setting.verify(&early).is_ok());
    setting.now = setting.now.plus_seconds(NOTICE - 1);
    let late = setting.token();
    assert_eq!((published(&setting), kid(&late)), (2, former.clone()), "not before its time");
    setting.now = setting.now.plus_seconds(1);
    assert_ne!(kid(&setting.token()), former);
    assert!(setting.verify(&late).is_ok(), "for as long as it lasts");
    setting.now = setting.now.plus_seconds(598);
    assert!(setting.verify(&late).is_ok());
    setting.now = setting.now.plus_seconds(12);
    assert_eq!(published(&setting), 1);
}

#[test]
fn a_remembered_token_goes_with_its_key() {
    let setting = Setting::new();
    let token = setting.token();
    let eternal = {
        let (header, mut claims) = setting.parts();
        claims["exp"] = json!(setting.now.seconds() + 10_000_000);
        signed(&header, &claims, setting.key.encoding())
    };
    assert!(setting.verify(&token).is_ok() && setting.verify(&eternal).is_ok());
    assert_eq!(setting.issuer.verified.len(), 2);
    assert!(setting.issuer.take_keys(KeyRing::generate().unwrap()));
    for token in [&token, &eternal] {
        assert_eq!(setting.verify(token), Err(TokenFault::UnknownKey), "replaced");
    }
    let setting = Setting::new();
    let ring = rotated(&setting);
    let key = ring.signing(setting.now).unwrap().clone();
    let eternal = {
        let (mut header, mut claims) = setting.parts();
        header["kid"] = json!(key.kid());
        claims["exp"] = json!(setting.now.seconds() + 10_000_000);
        signed(&header, &claims, key.encoding())
    };
    setting.issuer.take_keys(ring);
    let at = |seconds| setting.issuer.verify(&eternal, setting.now.plus_seconds(seconds));
    assert!(at(0).is_ok() && at(NOTICE + 609).is_ok());
    assert_eq!(at(NOTICE + 610), Err(TokenFault::UnknownKey), "retired, whatever the token says");
}

#[test]
fn without_a_key_that_has_begun_nothing_is_signed() {
    let setting = Setting::new();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.pem");
    let later = setting.now.plus_seconds(60);
    setting.issuer.take_keys(key_ring::rotate(&path, later, NOTICE).unwrap());
    let issue = |now| setting.issuer.issue(now, setting.user, setting.agency, setting.session);
    assert!(issue(setting.now).is_err());
    assert!(issue(later).is_ok());
}

#[test]
fn only_what_was_verified_is_remembered() {
    let setting = Setting::new();
    let token = setting.token();
    assert!(setting.issuer.verify(&token, setting.now.plus_seconds(700)).is_err());
    assert!(setting.verify(&format!("{token}A")).is_err());
    assert_eq!(setting.issuer.verified.len(), 0);
    let first = setting.verify(&token);
    assert_eq!(setting.issuer.verified.len(), 1);
    assert_eq!(setting.verify(&token), first);
    assert_eq!(setting.issuer.verified.len(), 1);
}

#[test]
fn an_issued_token_is_never_printed() {
    let setting = Setting::new();
    let issued =
        setting.issuer.issue(setting.now, setting.user, setting.agency, setting.session).unwrap();
    assert!(!format!("{issued:?}").contains("eyJ"));
}
