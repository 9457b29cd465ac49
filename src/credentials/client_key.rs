//! The public key of a client that signs for itself: a JSON Web Key (RFC 7517), Ed25519 or ECDSA on P-256.
//!
//! What a key verifies is fixed when it is taken in, and never read from what it is to verify.
//!
//! May import: `text_enum`.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::text_enum;
use crate::text_enum::TextEnum as _;

/// The longest name that a key may have.
const LONGEST_KID: usize = 128;
/// Bytes of a coordinate, on either curve.
const COORDINATE: usize = 32;
/// Members of a JSON Web Key that only a private or a shared key has (RFC 7518, section 6).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

text_enum! {
    /// What a client's key signs with, as JWS names it.
    pub enum KeyAlgorithm {
        /// Ed25519 (RFC 8037).
        EdDsa = "EdDSA",
        /// ECDSA on P-256 with SHA-256 (RFC 7518).
        Es256 = "ES256",
    }
}

impl KeyAlgorithm {
    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::EdDsa => &ED25519,
            Self::Es256 => &ECDSA_P256_SHA256_FIXED,
        }
    }

    fn curve(self) -> &'static str {
        match self {
            Self::EdDsa => "Ed25519",
            Self::Es256 => "P-256",
        }
    }
}

/// A client's public key.
#[derive(Debug, Clone)]
pub struct ClientKey {
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// How its owner names it; its thumbprint where it has no other name.
    pub kid: String,
    /// The key itself: 32 bytes of Ed25519, or an uncompressed point of P-256.
    pub public: Vec<u8>,
}

impl ClientKey {
    /// Reads a JSON Web Key.
    ///
    /// # Errors
    /// In words that say what would be right; nothing of the key is part of them.
    pub fn read(jwk: &Map<String, Value>) -> Result<Self, &'static str> {
        if SECRET_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
            return Err("expected the public key alone: this one is private, make another");
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let algorithm = match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) => KeyAlgorithm::EdDsa,
            (Some("EC"), Some("P-256")) => KeyAlgorithm::Es256,
            _ => return Err("expected kty OKP with crv Ed25519, or kty EC with crv P-256"),
        };
        let fits = |name, wanted| jwk.get(name).is_none_or(|said| said.as_str() == Some(wanted));
        if !fits("alg", algorithm.as_str()) {
            return Err("expected the alg of its curve: EdDSA or ES256");
        }
        if !fits("use", "sig") {
            return Err("expected use sig, or none");
        }
        let mut public = Vec::with_capacity(1 + 2 * COORDINATE);
        match algorithm {
            KeyAlgorithm::EdDsa => public.extend(coordinate(text("x"))?),
            KeyAlgorithm::Es256 => {
                public.push(4);
                public.extend(coordinate(text("x"))?);
                public.extend(coordinate(text("y"))?);
            }
        }
        if ParsedPublicKey::new(algorithm.verification(), &public).is_err() {
            return Err("expected a point of its curve");
        }
        let kid = match jwk.get("kid") {
            None => thumbprint(algorithm, &public),
            Some(kid) => named(kid.as_str())?,
        };
        Ok(Self { algorithm, kid, public })
    }

    /// The thumbprint (RFC 7638), by which a key is the same wherever it stands.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        thumbprint(self.algorithm, &self.public)
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        ParsedPublicKey::new(self.algorithm.verification(), &self.public)
            .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
    }
}

fn coordinate(text: Option<&str>) -> Result<Vec<u8>, &'static str> {
    let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    bytes
        .filter(|bytes| bytes.len() == COORDINATE)
        .ok_or("expected x, and y on P-256, of 32 bytes in base64url without padding")
}

fn named(kid: Option<&str>) -> Result<String, &'static str> {
    kid.filter(|kid| (1..=LONGEST_KID).contains(&kid.len()))
        .filter(|kid| kid.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or("expected a kid of 1 to 128 printable ASCII characters without spaces")
}

fn thumbprint(algorithm: KeyAlgorithm, public: &[u8]) -> String {
    let curve = algorithm.curve();
    // RFC 7638 section 3: the required members in lexical order, without white space; RFC 8037 section 2 names them.
    let members = match algorithm {
        KeyAlgorithm::EdDsa => {
            let x = URL_SAFE_NO_PAD.encode(public);
            format!(r#"{{"crv":"{curve}","kty":"OKP","x":"{x}"}}"#)
        }
        KeyAlgorithm::Es256 => {
            let x = URL_SAFE_NO_PAD.encode(public.get(1..=COORDINATE).unwrap_or_default());
            let y = URL_SAFE_NO_PAD.encode(public.get(1 + COORDINATE..).unwrap_or_default());
            format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#)
        }
    };
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The public key of RFC 8037 appendix A.2.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    /// The public key of RFC 7515 appendix A.3.
    const P256: [&str; 2] = [
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    ];

    fn read(jwk: &Value) -> Result<ClientKey, &'static str> {
        ClientKey::read(jwk.as_object().unwrap())
    }

    #[test]
    fn a_key_without_a_name_is_named_by_its_thumbprint() {
        let key = read(&json!({"kty": "OKP", "crv": "Ed25519", "x": X})).unwrap();
        assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let named =
            read(&json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "2026-03"})).unwrap();
        assert_eq!((named.kid.as_str(), named.thumbprint()), ("2026-03", key.kid));
    }

    #[test]
    fn a_signature_is_held_against_the_key() {
        // RFC 7515 appendix A.3.
        let key = read(&json!({"kty": "EC", "crv": "P-256", "x": P256[0], "y": P256[1]})).unwrap();
        let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
                       cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(key.verifies(message.as_bytes(), &signature));
        assert!(!key.verifies(&message.as_bytes()[1..], &signature));
        assert!(!key.verifies(message.as_bytes(), &signature[1..]));
    }

    #[test]
    fn what_is_no_public_key_of_these_curves_is_refused() {
        let [x, y] = P256;
        let swapped = json!({"kty": "EC", "crv": "P-256", "x": y, "y": x});
        for (jwk, words) in [
            (json!({}), "kty"),
            (json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "kty"),
            (json!({"kty": "EC", "crv": "P-384", "x": x, "y": y}), "kty"),
            (json!({"kty": "oct", "k": "AAAA"}), "private"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "d": X}), "private"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "d": null}), "private"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": "HS256"}), "alg"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "use": "enc"}), "use"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": &X[1..]}), "32 bytes"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X.to_owned() + "="}), "32 bytes"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": 1}), "32 bytes"),
            (json!({"kty": "EC", "crv": "P-256", "x": x}), "32 bytes"),
            (swapped, "point"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": ""}), "kid"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "a b"}), "kid"),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "k".repeat(129)}), "kid"),
        ] {
            let refused = read(&jwk).map(|key| key.kid).unwrap_err();
            assert!(refused.contains(words), "{jwk}: {refused}");
        }
    }
}
