//! A device that makes one-time passwords, written from RFC 6238 and not with the library that the server has.

use aws_lc_rs::hmac;
use serde_json::json;

use super::actor::Actor;
use super::world::World;

/// Somebody's device, and the codes that stand in for it.
pub struct Authenticator {
    world: World,
    /// The secret in base32.
    pub secret: String,
    /// The recovery codes.
    pub codes: Vec<String>,
}

impl Authenticator {
    /// The actor sets a device up, in the present session.
    #[track_caller]
    pub fn of(actor: &Actor) -> Self {
        let begun = actor.post("/auth/factors/totp").expect(200);
        let secret = begun.text("secret");
        assert!(begun.text("address").contains(&secret));
        let mut device = Self { world: actor.world(), secret, codes: Vec::new() };
        let body = json!({"otp": device.shows(0)});
        let confirmed = actor.post("/auth/factors/totp/confirm").json(body).expect(200);
        let codes = confirmed.json["recovery_codes"].as_array().expect("recovery codes");
        device.codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        device
    }

    /// What the device shows so many steps of 30 seconds from now.
    pub fn shows(&self, steps: i64) -> String {
        let step = self.world.now().seconds() / 30 + steps;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(&self.secret));
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// The bytes of base32 text without padding (RFC 4648).
fn from_base32(text: &str) -> Vec<u8> {
    let bits: String = text
        .bytes()
        .map(|byte| if byte.is_ascii_digit() { byte - b'2' + 26 } else { byte - b'A' })
        .flat_map(|value| {
            (0..5).rev().map(move |bit| if value >> bit & 1 == 1 { '1' } else { '0' })
        })
        .collect();
    let byte = |bits: &[u8]| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
    bits.as_bytes().chunks_exact(8).map(byte).collect()
}
