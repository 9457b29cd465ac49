//! A real provider that is killed, and comes back.

use serde_json::json;

use super::staff::Staff;
use super::{asks_providers, ends, never_too_many, why};
use crate::harness::providers::{Browser, Glewlwyd, Lemonldap, Person};
use crate::harness::{House, Tokens, World, both};
use crate::identity::{me, refresh};

/// Requirement 20: nobody is deactivated by it, everybody is told what it is, and everything goes on afterwards.
fn killed_and_back(world: &World, staff: &Staff, killed: &dyn Fn(), back: &dyn Fn()) {
    let aida = Person::new("aida", &["clerk"]);
    let tokens = staff.officer(world, &aida);
    let id = me(world, &tokens.access).expect(200).text("id");
    let begun = staff.door.starts(world);
    let query = staff.goes_home(&mut Browser::new(), &aida, &begun);
    killed();
    let refused =
        staff.door.comes_back(world, &begun.cookie, &query).refused(503, "provider-unavailable");
    assert!(refused.header("retry-after").is_some(), "{refused}");
    assert!(refused.text("detail").contains("does not answer"), "{refused}");
    assert_eq!(why(world), "provider_down");
    // While its description of itself is still kept, and when that is too old.
    world.advance_minutes(6);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    world.advance_minutes(5);
    assert_eq!(asks_providers(world), 0);
    staff.door.asks_to_start(world, "").refused(503, "provider-unavailable");
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    me(world, &tokens.access).expect(200);
    // After an hour, nobody gets new tokens, and is told why; the session is still there.
    world.advance_minutes(50);
    assert_eq!(asks_providers(world), 0);
    refresh(world, &tokens.refresh).refused(503, "provider-unavailable");
    let row = world.agency(staff.door.house).admin.get(format!("/users/{id}")).expect(200);
    assert_eq!(
        (&row.json["status"], &row.json["roles"]),
        (&json!("active"), &json!(["case_officer"]))
    );
    back();
    assert_eq!(asks_providers(world), 0);
    let tokens = Tokens::of(&refresh(world, &tokens.refresh).expect(200));
    me(world, &tokens.access).expect(200);
    staff.signs_in(world, &aida).expect(200);
    // It is asked again, and what it says counts.
    staff.home.dismisses(&aida);
    world.advance_minutes(11);
    assert_eq!(asks_providers(world), 2);
    assert_eq!(ends(world), ["provider_refused"; 2]);
}

both! {
    /// glewlwyd is killed.
    fn glewlwyd_is_away_for_a_while(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::of(world, House::Kg, &issuer);
        killed_and_back(world, &staff, &|| glewlwyd.is_killed(), &|| glewlwyd.comes_back());
    }

    /// lemonldap-ng is killed.
    fn lemonldap_is_away_for_a_while(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        let staff = Staff::of(world, House::Az, &lemonldap);
        killed_and_back(world, &staff, &|| lemonldap.is_killed(), &|| lemonldap.comes_back());
    }
}
