//! A device that holds a passkey, written from Web Authentication and not with the library that the server has. What it
//! says can be changed before it signs, so that every lie can be told.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::actor::Actor;
use super::world::World;

/// The user was there.
pub const PRESENT: u8 = 0x01;
/// The user proved to the device who he or she is.
pub const VERIFIED: u8 = 0x04;
/// The passkey is described in what is said.
const DESCRIBED: u8 = 0x40;

/// What the device says, before it signs.
#[derive(Debug, Clone)]
pub struct Said {
    /// `webauthn.create` or `webauthn.get`.
    pub kind: &'static str,
    /// The challenge, as the page handed it over.
    pub challenge: String,
    /// Where the page is.
    pub origin: String,
    /// The host that the passkey is for.
    pub host: String,
    /// What the user did.
    pub flags: u8,
    /// How often the passkey was used.
    pub counter: u32,
    /// Whose passkey it is.
    pub user: Vec<u8>,
}

/// A passkey in its device.
pub struct PasskeyDevice {
    /// What the server calls it.
    pub id: String,
    /// The recovery codes that came with it.
    pub codes: Vec<String>,
    key: EcdsaKeyPair,
    credential_id: Vec<u8>,
    user: Vec<u8>,
    host: String,
    origin: String,
    counter: AtomicU32,
}

impl PasskeyDevice {
    /// A device that holds nothing which the server knows.
    pub fn unknown(world: &World, user: &[u8]) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let mut credential_id = vec![0; 32];
        aws_lc_rs::rand::fill(&mut credential_id).expect("random bytes");
        Self {
            id: String::new(),
            codes: Vec::new(),
            key,
            credential_id,
            user: user.to_owned(),
            host: "localhost".to_owned(),
            origin: format!("http://localhost:{}", world.address().port()),
            counter: AtomicU32::new(1),
        }
    }

    /// The actor makes a passkey, in the present session.
    #[track_caller]
    pub fn of(actor: &Actor) -> Self {
        let begun = actor.get("/auth/passkeys/challenges/creation").expect(200);
        let mut device = Self::unknown(&actor.world(), &[]);
        device.user = decoded(&begun.text("/options/user/id"));
        let body = json!({
            "challenge": begun.text("challenge"), "name": "Work phone",
            "credential": device.made(&begun.json["options"], |_| ()),
        });
        let created = actor.post("/auth/passkeys").json(body).expect(201);
        device.id = created.id();
        let codes = created.json["recovery_codes"].as_array().expect("recovery codes");
        device.codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        device
    }

    /// The same passkey in another device, as of now.
    pub fn cloned(&self) -> Self {
        let pkcs8 = self.key.to_pkcs8v1().expect("the key");
        Self {
            id: self.id.clone(),
            codes: self.codes.clone(),
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap(),
            credential_id: self.credential_id.clone(),
            user: self.user.clone(),
            host: self.host.clone(),
            origin: self.origin.clone(),
            counter: AtomicU32::new(self.counter.load(Ordering::Relaxed)),
        }
    }

    /// Whose passkey it says to be.
    pub fn user(&self) -> &[u8] {
        &self.user
    }

    fn said(&self, kind: &'static str, options: &Value) -> Said {
        Said {
            kind,
            challenge: options["challenge"].as_str().expect("a challenge").to_owned(),
            origin: self.origin.clone(),
            host: self.host.clone(),
            flags: PRESENT | VERIFIED,
            counter: self.counter.fetch_add(1, Ordering::Relaxed),
            user: self.user.clone(),
        }
    }

    /// What the device says when it makes the passkey.
    pub fn made(&self, options: &Value, change: impl FnOnce(&mut Said)) -> Value {
        let mut said = self.said("webauthn.create", options);
        said.flags |= DESCRIBED;
        change(&mut said);
        let mut data = data_of(&said);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&self.credential_id);
        let point = self.key.public_key().as_ref();
        // A key of COSE (RFC 9052): elliptic curve, ES256, P-256, and the two halves of the point.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = vec![0xa3];
        object.extend(text("fmt"));
        object.extend(text("none"));
        object.extend(text("attStmt"));
        object.push(0xa0);
        object.extend(text("authData"));
        object.extend([0x58, u8::try_from(data.len()).expect("short")]);
        object.extend(data);
        self.credential(&json!({
            "attestationObject": encoded(&object),
            "clientDataJSON": encoded(&client_data(&said)),
        }))
    }

    /// What the device says when its user signs in.
    pub fn answers(&self, options: &Value, change: impl FnOnce(&mut Said)) -> Value {
        let mut said = self.said("webauthn.get", options);
        change(&mut said);
        let (data, client) = (data_of(&said), client_data(&said));
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        self.credential(&json!({
            "authenticatorData": encoded(&data),
            "clientDataJSON": encoded(&client),
            "signature": encoded(signature.as_ref()),
            "userHandle": encoded(&said.user),
        }))
    }

    fn credential(&self, response: &Value) -> Value {
        let id = encoded(&self.credential_id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "response": response,
            "clientExtensionResults": {}, "authenticatorAttachment": "platform",
        })
    }
}

/// What the device says of itself.
fn data_of(said: &Said) -> Vec<u8> {
    let mut data = Sha256::digest(said.host.as_bytes()).to_vec();
    data.push(said.flags);
    data.extend(said.counter.to_be_bytes());
    data
}

/// What the page says of itself.
fn client_data(said: &Said) -> Vec<u8> {
    let Said { kind, challenge, origin, .. } = said;
    json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
        .to_string()
        .into_bytes()
}

/// A short text of CBOR (RFC 8949).
fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x60 | u8::try_from(text.len()).expect("short")];
    bytes.extend(text.bytes());
    bytes
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}
