//! Signing keys rotate under a working server, and what is no access token opens nothing, whoever signed it.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use passage::credentials::{following, key_ring};
use serde_json::{Value, json};

use super::{me, refresh};
use crate::harness::{Tokens, World, both};

/// How long a key is published before it signs, in minutes.
const NOTICE: i64 = 60;

/// The ids of the keys that are published.
fn published(world: &World) -> Vec<Value> {
    let keys = world.nobody().get("/.well-known/jwks.json").expect(200).json["keys"].clone();
    keys.as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

/// Waits until the server has followed its file.
#[track_caller]
fn follows(world: &World, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let keys = published(world);
        if is_so(&keys) {
            return keys;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the server publishes {keys:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kid(token: &str) -> Value {
    part(token, 0)["kid"].clone()
}

/// The server's own key, as whoever stole its file has it.
fn stolen_key(world: &World) -> EncodingKey {
    let file = std::fs::read_to_string(world.app().config.signing_key_file()).unwrap();
    EncodingKey::from_ed_der(pem::parse(file).unwrap().contents())
}

fn signed(header: &Value, claims: &Value, key: &EncodingKey) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

both! {
    /// The next key is published before it signs; the former one is believed until its last token has ended. Nobody is
    /// signed out, and nothing is restarted.
    fn they_rotate_while_the_server_works(world) {
        let root = world.system_admin();
        let file = world.app().config.signing_key_file();
        let [former] = published(world).try_into().unwrap();
        key_ring::rotate(&file, world.now(), NOTICE * 60).unwrap();
        let keys = follows(world, |keys| keys.len() == 2);
        let next = keys.into_iter().find(|key| *key != former).unwrap();
        let tokens = root.signs_in();
        assert_eq!(kid(&tokens.access), former);
        world.advance_minutes(NOTICE - 1);
        let late = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        assert_eq!(kid(&late.access), former, "not before its time");
        world.advance_minutes(1);
        let new = Tokens::of(&refresh(world, &late.refresh).expect(200));
        assert_eq!(kid(&new.access), next);
        me(world, &late.access).expect(200);
        me(world, &new.access).expect(200);
        assert_eq!(published(world).len(), 2);
        world.advance_minutes(11);
        assert_eq!(published(world), [next]);
        me(world, &Tokens::of(&refresh(world, &new.refresh).expect(200)).access).expect(200);
    }

    /// After a compromise no token of the former keys opens anything, known or forged, and the sessions go on.
    fn a_stolen_key_is_worthless_at_once(world) {
        let root = world.system_admin();
        let tokens = root.signs_in();
        let forge = || {
            let mut claims = part(&tokens.access, 1);
            claims["jti"] = json!(crate::harness::unknown_id());
            signed(&part(&tokens.access, 0), &claims, &stolen_key(world))
        };
        let forged = [forge(), forge()];
        me(world, &tokens.access).expect(200);
        // Not vacuous: until the key is replaced, whoever has it is believed.
        me(world, &forged[0]).expect(200);
        let before = published(world);
        key_ring::replace(&world.app().config.signing_key_file(), world.now()).unwrap();
        let after = follows(world, |keys| *keys != before);
        assert!(after.len() == 1 && !before.contains(&after[0]));
        for token in [&tokens.access, &forged[0], &forged[1]] {
            me(world, token).refused(401, "unauthenticated");
        }
        let next = Tokens::of(&refresh(world, &tokens.refresh).expect(200)).access;
        assert_eq!(kid(&next), after[0]);
        me(world, &next).expect(200);
    }

    /// A file that cannot be used changes nothing, and the next one that can is followed.
    fn a_broken_file_changes_nothing(world) {
        let app = world.app();
        let file = app.config.signing_key_file();
        let (before, access) = (published(world), world.system_admin().signs_in().access);
        let content = std::fs::read(&file).unwrap();
        for broken in ["", "-----BEGIN PRIVATE KEY-----\n"] {
            std::fs::write(&file, broken).unwrap();
            assert!(following::look(&file, &app.tokens).is_err());
            assert_eq!(published(world), before);
            me(world, &access).expect(200);
        }
        std::fs::remove_file(&file).unwrap();
        assert!(following::look(&file, &app.tokens).is_err());
        me(world, &access).expect(200);
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(!following::look(&file, &app.tokens).unwrap(), "the same keys are no change");
        key_ring::rotate(&file, world.now(), NOTICE * 60).unwrap();
        follows(world, |keys| keys.len() == 2);
        me(world, &access).expect(200);
    }

    /// Every node follows the same file: what one signs, the others believe, before and after.
    fn every_node_follows(world) {
        let Some(other) = world.another_node() else { return };
        let root = world.system_admin();
        let first = root.signs_in();
        let at_other = |access: &str| me(world, access).at(other.address());
        at_other(&first.access).expect(200);
        key_ring::replace(&world.app().config.signing_key_file(), world.now()).unwrap();
        let former = kid(&first.access);
        follows(world, |keys| !keys.contains(&former));
        let begun = Instant::now();
        while at_other(&first.access).send().status == 200 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the other node does not follow");
            std::thread::sleep(Duration::from_millis(50));
        }
        let next = Tokens::of(&refresh(world, &first.refresh).at(other.address()).expect(200)).access;
        me(world, &next).expect(200);
        at_other(&next).expect(200);
    }

    /// Whatever else a server of identities signs or gives is no access token: not even under our own key.
    fn nothing_but_an_access_token_opens(world) {
        let tokens = world.system_admin().signs_in();
        let (header, claims, key) = (part(&tokens.access, 0), part(&tokens.access, 1), stolen_key(world));
        let with = |change: &dyn Fn(&mut Value, &mut Value)| {
            let (mut header, mut claims) = (header.clone(), claims.clone());
            change(&mut header, &mut claims);
            me(world, &signed(&header, &claims, &key))
        };
        with(&|_, _| {}).expect(200);
        me(world, &tokens.refresh).refused(401, "unauthenticated");
        for typ in [json!("JWT"), json!("logout+jwt"), json!("client-authentication+jwt"), json!("dpop+jwt"), json!(null)] {
            with(&|header, _| header["typ"] = typ.clone()).refused(401, "unauthenticated");
        }
        // An ID token, a logout token and an assertion by their claims, under the right type.
        with(&|_, claims| claims["aud"] = json!("a-client")).refused(401, "unauthenticated");
        with(&|_, claims| claims["aud"] = json!([claims["aud"].clone()])).refused(401, "unauthenticated");
        with(&|_, claims| claims["iss"] = json!("https://provider.example")).refused(401, "unauthenticated");
        with(&|_, claims| { claims.as_object_mut().unwrap().remove("sid"); }).refused(401, "unauthenticated");
        with(&|_, claims| { claims.as_object_mut().unwrap().remove("exp"); }).refused(401, "unauthenticated");
        with(&|header, _| header["kid"] = json!("another")).refused(401, "unauthenticated");
        for alg in ["none", "HS256", "ES256"] {
            with(&|header, _| header["alg"] = json!(alg)).refused(401, "unauthenticated");
        }
    }
}
