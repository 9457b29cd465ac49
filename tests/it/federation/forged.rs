//! Valid sign-ins at real providers in which one thing is changed on the way, and real tokens that never count.

use std::sync::Arc;

use serde_json::json;

use super::lies::{HARMLESS, OF_ID_TOKENS};
use super::staff::Staff;
use super::{asks_providers, ends, never_too_many, refused};
use crate::harness::providers::{
    Between, Browser, Es256, Glewlwyd, Home, Lemonldap, Person, Signs,
};
use crate::harness::{House, Tokens, World, both};
use crate::identity::{me, refresh};

/// Requirements 7, 8, 10, 11, each with the flows of a real provider: with one thing changed and everything else in order,
/// the sign-in is refused for that thing.
fn one_thing_is_changed(world: &World, between: &Between, house: House, home: &dyn Home) {
    // Whoever stands between signs with ES256, whatever the provider does.
    let staff = Staff::with(world, house, home, &json!({"algorithms": ["ES256"]}));
    between.forges(|_, _| {});
    let aida = Person::new("aida", &["clerk"]);
    staff.officer(world, &aida);
    let mut browser = Browser::new();
    staff.signs_in_with(world, &mut browser, &aida).expect(200);
    for (reason, lie) in OF_ID_TOKENS {
        between.forges(lie);
        refused(world, staff.signs_in_with(world, &mut browser, &aida), reason);
    }
    for lie in HARMLESS {
        between.forges(lie);
        staff.signs_in_with(world, &mut browser, &aida).expect(200);
    }
    // The right name of a key, and another key.
    between.forges_as(Arc::new(Es256::new()), |_, _| {});
    refused(world, staff.signs_in_with(world, &mut browser, &aida), "signature_wrong");
    between.changes(|path, answer| {
        if path.ends_with("/token") {
            answer.edit(|tokens| drop(tokens.as_object_mut().unwrap().remove("id_token")));
        }
    });
    refused(world, staff.signs_in_with(world, &mut browser, &aida), "id_token_missing");
    between.changes(|path, answer| {
        if path.ends_with("/token") {
            answer.body = b"<html>an error page</html>".to_vec();
        }
    });
    refused(world, staff.signs_in_with(world, &mut browser, &aida), "answer_unreadable");
    assert_eq!(world.probe().count("federated_identities"), 1);
}

both! {
    /// With glewlwyd.
    fn one_thing_that_glewlwyd_says_is_changed(world) tuned never_too_many {
        let between = Between::new();
        let Some(glewlwyd) = Glewlwyd::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(glewlwyd.port);
        one_thing_is_changed(world, &between, House::Kg, &glewlwyd.opens("kg"));
    }

    /// With lemonldap-ng.
    fn one_thing_that_lemonldap_says_is_changed(world) tuned never_too_many {
        let between = Between::new();
        let Some(lemonldap) = Lemonldap::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(lemonldap.port());
        one_thing_is_changed(world, &between, House::Az, &lemonldap);
    }

    /// Requirement 7: what lemonldap-ng itself signs with a shared secret, or not at all, does not count.
    fn what_lemonldap_does_not_sign_with_its_key_does_not_count(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        let staff = Staff::of(world, House::Az, &lemonldap);
        let aida = Person::new("aida", &["clerk"]);
        let tokens = staff.officer(world, &aida);
        for signs in [Signs::None, Signs::Hs256] {
            lemonldap.signs_with(signs);
            refused(world, staff.signs_in(world, &aida), "alg_not_allowed");
        }
        lemonldap.signs_with(Signs::Rs256);
        staff.signs_in(world, &aida).expect(200);
        // Nor when it is asked again.
        me(world, &tokens.access).expect(200);
        lemonldap.signs_with(Signs::None);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 2);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
        assert_eq!(ends(world), ["provider_refused"; 2]);
    }

    /// Requirement 19: what a provider says when it is asked again is about the same person, or it ends the session.
    fn who_is_somebody_else_when_asked_again_is_out(world) tuned never_too_many {
        let between = Between::new();
        let Some(lemonldap) = Lemonldap::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(lemonldap.port());
        let staff = Staff::with(world, House::Az, &lemonldap, &json!({"algorithms": ["ES256"]}));
        between.forges(|_, _| {});
        let aida = Person::new("aida", &["clerk"]);
        staff.officer(world, &aida);
        let tokens = Tokens::of(&staff.signs_in(world, &aida).expect(200));
        world.advance_minutes(6);
        // The nonce is of the sign-in: it is not asked for again.
        between.forges(|_, claims| drop(claims.as_object_mut().unwrap().remove("nonce")));
        let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
        between.forges(|_, claims| claims["sub"] = json!("bakyt"));
        world.advance_minutes(6);
        refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
        me(world, &tokens.access).refused(401, "unauthenticated");
    }
}
