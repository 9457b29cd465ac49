//! One change to a valid assertion at a time, and the fault that it must meet.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::json;

use super::*;
use crate::credentials::client_key::KeyAlgorithm;
use crate::ids::Id;

const ISSUER: &str = "https://passage.example";

struct Setting {
    pair: Ed25519KeyPair,
    key: ClientKey,
    client: UserId,
    now: Instant,
}

impl Setting {
    fn new() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let public = pair.public_key().as_ref().to_vec();
        let key = ClientKey { algorithm: KeyAlgorithm::EdDsa, kid: "one".to_owned(), public };
        let now: Instant = "2026-03-01T04:30:00.750000Z".parse().unwrap();
        Self { pair, key, client: Id::new(now), now }
    }

    fn head() -> Value {
        json!({"alg": "EdDSA", "typ": TYPE, "kid": "one"})
    }

    fn claims(&self) -> Value {
        let (client, now) = (self.client, self.now.seconds());
        json!({"iss": client, "sub": client, "aud": ISSUER, "jti": "1", "iat": now, "exp": now + 60})
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        signed(head, claims, |message| self.pair.sign(message).as_ref().to_vec())
    }

    fn verify(&self, text: &str) -> Result<Verified, AssertionFault> {
        let keys = [self.key.clone()];
        let assertion = Assertion::read(text)?;
        assertion.verify(self.client, &keys, ISSUER, self.now).map(|(_, verified)| verified)
    }

    fn with_head(&self, name: &str, value: Value) -> Result<Verified, AssertionFault> {
        let mut head = Self::head();
        head[name] = value;
        self.verify(&self.sign(&head, &self.claims()))
    }

    fn with_claim(&self, name: &str, value: Value) -> Result<Verified, AssertionFault> {
        let mut claims = self.claims();
        claims[name] = value;
        self.verify(&self.sign(&Self::head(), &claims))
    }

    fn without(&self, name: &str) -> Result<Verified, AssertionFault> {
        let mut claims = self.claims();
        claims.as_object_mut().unwrap().remove(name);
        self.verify(&self.sign(&Self::head(), &claims))
    }
}

fn signed(head: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(head), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

#[test]
fn a_valid_one_says_what_counts_once_and_until_when() {
    let setting = Setting::new();
    let text = setting.sign(&Setting::head(), &setting.claims());
    assert_eq!(Assertion::read(&text).unwrap().client(), Some(setting.client));
    let verified = setting.verify(&text).unwrap();
    assert_eq!(verified.over.seconds(), setting.now.seconds() + 65);
    assert_eq!(setting.with_claim("jti", json!("1")).unwrap().once, verified.once);
    assert_ne!(setting.with_claim("jti", json!("2")).unwrap().once, verified.once);
    // A name of the key is not asked for, nor when it was made.
    let nameless = json!({"alg": "EdDSA", "typ": TYPE});
    setting.verify(&setting.sign(&nameless, &setting.claims())).unwrap();
    setting.without("iat").unwrap();
}

#[test]
fn the_header_is_what_it_has_to_be() {
    let setting = Setting::new();
    for (name, value, fault) in [
        ("typ", json!("JWT"), AssertionFault::Type),
        ("typ", json!("at+jwt"), AssertionFault::Type),
        ("typ", Value::Null, AssertionFault::Type),
        ("alg", json!("none"), AssertionFault::Algorithm),
        ("alg", json!("ES256"), AssertionFault::Algorithm),
        ("alg", json!(1), AssertionFault::Malformed),
        ("crit", json!(["exp"]), AssertionFault::Critical),
        ("kid", json!("two"), AssertionFault::UnknownKey),
        ("kid", json!(""), AssertionFault::UnknownKey),
    ] {
        assert_eq!(setting.with_head(name, value.clone()), Err(fault), "{name} {value}");
    }
}

#[test]
fn every_claim_is_what_it_has_to_be() {
    let setting = Setting::new();
    let (now, other) = (setting.now.seconds(), Id::<()>::new(setting.now).to_string());
    for (name, value, fault) in [
        ("iss", json!(other), AssertionFault::Issuer),
        ("iss", json!([setting.client]), AssertionFault::Issuer),
        ("sub", json!(other), AssertionFault::Issuer),
        ("aud", json!([ISSUER]), AssertionFault::Audience),
        ("aud", json!(format!("{ISSUER}/")), AssertionFault::Audience),
        ("aud", json!(format!("{ISSUER}/api/v1/auth/token")), AssertionFault::Audience),
        ("exp", json!(now + 61), AssertionFault::LastsTooLong),
        ("exp", json!(now - 5), AssertionFault::Expired),
        ("exp", json!(i64::MAX), AssertionFault::Claims),
        ("exp", json!((now + 30).to_string()), AssertionFault::Claims),
        ("exp", json!(1_772_339_430.5), AssertionFault::Claims),
        ("iat", json!(now + 7), AssertionFault::NotYetValid),
        ("iat", json!("now"), AssertionFault::Claims),
        ("nbf", json!(now + 7), AssertionFault::NotYetValid),
        ("jti", json!(""), AssertionFault::Claims),
        ("jti", json!(7), AssertionFault::Claims),
        ("jti", json!("j".repeat(129)), AssertionFault::Claims),
    ] {
        assert_eq!(setting.with_claim(name, value.clone()), Err(fault), "{name} {value}");
    }
    for (name, fault) in [
        ("iss", AssertionFault::Issuer),
        ("sub", AssertionFault::Issuer),
        ("aud", AssertionFault::Audience),
        ("exp", AssertionFault::Claims),
        ("jti", AssertionFault::Claims),
    ] {
        assert_eq!(setting.without(name), Err(fault), "without {name}");
    }
    // Five seconds between two clocks are nobody's fault.
    setting.with_claim("exp", json!(now - 4)).unwrap();
    setting.with_claim("iat", json!(now + 5)).unwrap();
}

#[test]
fn the_signature_is_that_of_the_named_key() {
    let setting = Setting::new();
    let text = setting.sign(&Setting::head(), &setting.claims());
    let (message, _) = text.rsplit_once('.').unwrap();
    assert_eq!(setting.verify(&format!("{message}.")), Err(AssertionFault::Signature));
    let stranger = Setting::new();
    let forged = stranger.sign(&Setting::head(), &setting.claims());
    assert_eq!(setting.verify(&forged), Err(AssertionFault::Signature));
    // The public key, which everybody has, is no secret to sign with.
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &setting.key.public);
    let mut head = Setting::head();
    head["alg"] = json!("HS256");
    let confused =
        signed(&head, &setting.claims(), |message| hmac::sign(&secret, message).as_ref().to_vec());
    assert_eq!(setting.verify(&confused), Err(AssertionFault::Algorithm));
    let no_keys = Assertion::read(&text).unwrap();
    let found = no_keys.verify(setting.client, &[], ISSUER, setting.now);
    assert_eq!(found, Err(AssertionFault::UnknownKey));
}

#[test]
fn of_two_keys_the_one_that_signed_is_told() {
    let mut setting = Setting::new();
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    let second = ClientKey { algorithm: KeyAlgorithm::Es256, kid: "two".to_owned(), public };
    let keys = [setting.key.clone(), second];
    setting.client = Id::new(setting.now);
    let text = signed(&json!({"alg": "ES256", "typ": TYPE}), &setting.claims(), |message| {
        pair.sign(&random, message).unwrap().as_ref().to_vec()
    });
    let assertion = Assertion::read(&text).unwrap();
    let (at, _) = assertion.verify(setting.client, &keys, ISSUER, setting.now).unwrap();
    assert_eq!(at, 1);
}

#[test]
fn what_is_no_assertion_breaks_nothing() {
    for text in
        ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.", "e30.e30.e30.e30", "bnVsbA.bnVsbA.AAAA"]
    {
        assert_eq!(Assertion::read(text).err(), Some(AssertionFault::Malformed), "{text}");
    }
    let long = format!("{}.e30.", "A".repeat(LONGEST));
    assert_eq!(Assertion::read(&long).err(), Some(AssertionFault::TooLong));
}
