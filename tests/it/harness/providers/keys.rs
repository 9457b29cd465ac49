//! Keys that tokens are signed with, and tokens taken apart.

use aws_lc_rs::encoding::{
    AsBigEndian as _, AsDer as _, EcPrivateKeyBin, Pkcs8V1Der, PublicKeyX509Der,
};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pem::Pem;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A key on P-256 (RFC 7518, section 3.4).
pub struct Es256 {
    /// What it is called.
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl Es256 {
    /// A new key, called by what it is.
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let kid = base64url(&Sha256::digest(pair.public_key().as_ref()));
        Self { kid, pair }
    }

    /// A new key of that name.
    pub fn called(kid: &str) -> Self {
        Self { kid: kid.to_owned(), ..Self::new() }
    }

    /// What everybody may know of it (RFC 7517).
    pub fn public_jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid,
            "x": base64url(&point[1..33]), "y": base64url(&point[33..65]),
        })
    }

    /// All of it, for a provider to sign with.
    pub fn private_jwk(&self) -> Value {
        let secret: EcPrivateKeyBin<'_> = self.pair.private_key().as_be_bytes().unwrap();
        let mut jwk = self.public_jwk();
        jwk["d"] = base64url(secret.as_ref()).into();
        jwk
    }

    /// A token with any head and any claims (RFC 7515): not signed where the head says so, with the public key as a shared
    /// secret where it says `HS256` (the confusion of RFC 8725, section 2.1), and else with this key.
    pub fn signs(&self, head: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(head), part(claims));
        let signature = match head["alg"].as_str() {
            Some("none") => String::new(),
            Some("HS256") => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.pair.public_key().as_ref());
                base64url(hmac::sign(&key, message.as_bytes()).as_ref())
            }
            _ => {
                let signed = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
                base64url(signed.as_ref())
            }
        };
        format!("{message}.{signature}")
    }
}

/// A new RSA key, as the private and the public half in PEM.
pub fn rsa_in_pem() -> (String, String) {
    let pair = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let encode = |label, der: &[u8]| pem::encode(&Pem::new(label, der));
    (encode("PRIVATE KEY", private.as_ref()), encode("PUBLIC KEY", public.as_ref()))
}

/// The head and the claims of a token, whoever signed it.
#[track_caller]
pub fn decoded(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("a part of a token is base64url");
        serde_json::from_slice(&bytes).expect("a part of a token is JSON")
    });
    (parts.next().expect("a head"), parts.next().expect("claims"))
}

/// Bytes as they stand in tokens and keys.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
