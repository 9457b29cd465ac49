//! What can be untrue in a token, one thing at a time, and the word that each is refused with.

use serde_json::{Value, json};

/// A change of one thing in the head or the claims of a token.
pub type Lie = fn(&mut Value, &mut Value);

/// Of ID tokens.
pub const OF_ID_TOKENS: &[(&str, Lie)] = &[
    ("alg_not_allowed", |head, _| head["alg"] = json!("none")),
    ("alg_not_allowed", |head, _| head["alg"] = json!("HS256")),
    ("alg_not_allowed", |head, _| head["alg"] = json!("RS256")),
    ("type_wrong", |head, _| head["typ"] = json!("at+jwt")),
    ("type_wrong", |head, _| head["typ"] = json!("logout+jwt")),
    ("token_malformed", |head, _| head["crit"] = json!(["exp"])),
    ("key_unknown", |head, _| head["kid"] = json!("../../etc/passwd")),
    ("key_unknown", |head, _| head["kid"] = json!("' OR 1=1 --")),
    ("key_unknown", |head, _| head["kid"] = json!("k".repeat(10_000))),
    ("issuer_wrong", |_, claims| claims["iss"] = json!("https://evil.example")),
    ("issuer_wrong", |_, claims| claims["iss"] = json!(format!("{}/", issuer(claims)))),
    ("issuer_wrong", |_, claims| claims["iss"] = json!(issuer(claims).to_uppercase())),
    ("issuer_wrong", |_, claims| claims["iss"] = json!([claims["iss"]])),
    ("issuer_wrong", |_, claims| drop(claims.as_object_mut().unwrap().remove("iss"))),
    ("aud_wrong", |_, claims| claims["aud"] = json!("other")),
    ("aud_wrong", |_, claims| claims["aud"] = json!([])),
    ("aud_wrong", |_, claims| claims["aud"] = json!(["other"])),
    ("azp_wrong", |_, claims| {
        claims["aud"] = json!([client(claims), "other"]);
        claims.as_object_mut().unwrap().remove("azp");
    }),
    ("azp_wrong", |_, claims| claims["azp"] = json!("other")),
    ("nonce_wrong", |_, claims| claims["nonce"] = json!("other")),
    ("nonce_wrong", |_, claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
    ("expired", |_, claims| claims["exp"] = json!(issued(claims) - 75)),
    ("claims_malformed", |_, claims| claims["exp"] = json!(claims["exp"].to_string())),
    ("claims_malformed", |_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
    ("claims_malformed", |_, claims| drop(claims.as_object_mut().unwrap().remove("iat"))),
    ("claims_malformed", |_, claims| claims["iat"] = json!(-1)),
    ("issued_in_future", |_, claims| claims["iat"] = json!(issued(claims) + 75)),
    ("at_hash_wrong", |_, claims| claims["at_hash"] = json!("AAAA")),
    ("claims_malformed", |_, claims| claims["sub"] = json!(7)),
    ("claims_malformed", |_, claims| claims["sub"] = json!("")),
    ("claims_malformed", |_, claims| claims["sub"] = json!("s".repeat(256))),
];

/// Of ID tokens, and makes no difference.
pub const HARMLESS: &[Lie] = &[
    |_, claims| {
        claims["aud"] = json!([client(claims), "other"]);
        claims["azp"] = client(claims);
    },
    |_, claims| claims["exp"] = json!(issued(claims) - 40),
    // The sender of a key is not its owner.
    |head, _| {
        head["jku"] = json!("https://evil.example/jwks");
        head["x5u"] = json!("https://evil.example/certificate");
        head["jwk"] = json!({"kty": "oct", "k": "AAAA"});
    },
];

/// Of logout tokens of the standard's form.
pub const OF_LOGOUT_TOKENS: &[(&str, Lie)] = &[
    ("type_wrong", |head, _| head["typ"] = json!("JWT")),
    ("lifetime_wrong", |_, claims| claims["exp"] = json!(issued(claims) + 121)),
    ("lifetime_wrong", |_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
    ("logout_event_missing", |_, claims| claims["events"] = json!({})),
    ("nonce_present", |_, claims| claims["nonce"] = json!("x")),
    ("jti_missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))),
    ("nobody_named", |_, claims| {
        let claims = claims.as_object_mut().unwrap();
        claims.remove("sub");
        claims.remove("sid");
    }),
    ("aud_wrong", |_, claims| claims["aud"] = json!("other")),
    ("issuer_wrong", |_, claims| claims["iss"] = json!("https://evil.example")),
    ("alg_not_allowed", |head, _| head["alg"] = json!("none")),
];

fn issuer(claims: &Value) -> &str {
    claims["iss"].as_str().expect("an issuer")
}

/// The one that the token is for, which some providers write as a list.
fn client(claims: &Value) -> Value {
    let audience = &claims["aud"];
    audience.as_array().map_or_else(|| audience.clone(), |many| many[0].clone())
}

fn issued(claims: &Value) -> i64 {
    claims["iat"].as_i64().expect("when it was issued")
}
