//! Roles from what real providers say.

use serde_json::{Value, json};

use super::asker::{Asker, text};
use super::staff::Staff;
use crate::harness::providers::{Glewlwyd, Home, Lemonldap, Person, decoded};
use crate::harness::{House, World, both};

/// What the provider says of the person would give.
#[track_caller]
fn previews(world: &World, staff: &Staff, person: &Person) -> Value {
    let tokens = Asker::to(staff.home, staff.site.clone()).tokens(person);
    let (_, claims) = decoded(text(&tokens["id_token"]));
    let path = format!("{}/preview", staff.door.path(world));
    let admin = world.agency(staff.door.house).admin;
    admin.post(path).json(json!({"claims": claims})).expect(200).json
}

fn what_is_confirmed_counts(world: &World, house: House, home: &dyn Home) {
    let staff = Staff::unconfirmed(world, house, home, &json!({}));
    home.employs(&Person::new("aida", &["liaison", "chief"]));
    let aida = Person::new("aida", &[]);
    let before = previews(world, &staff, &aida);
    assert_eq!((&before["roles"], &before["denied"]), (&json!(["liaison_officer"]), &Value::Null));
    assert_eq!((&before["matched"], &before["ignored"]), (&json!(["liaison"]), &json!(["chief"])));
    assert_eq!((&before["roles_now"], &before["denied_now"]), (&json!([]), &json!("roles_none")));

    staff.door.is_confirmed(world);
    assert_eq!(previews(world, &staff, &aida)["roles_now"], json!(["liaison_officer"]));

    // One role is a list as well, and who has lost the one that counted has none left.
    home.employs(&Person::new("aida", &["clerk"]));
    assert_eq!(previews(world, &staff, &aida)["roles_now"], json!(["case_officer"]));
    home.employs(&Person::new("aida", &["chief"]));
    let lost = previews(world, &staff, &aida);
    assert_eq!((&lost["roles_now"], &lost["denied_now"]), (&json!([]), &json!("roles_none")));
}

both! {
    /// What glewlwyd says of somebody gives what was mapped and confirmed, and nothing else.
    fn glewlwyd_gives_what_was_confirmed(world) {
        let Some(home) = Glewlwyd::start(module_path!()) else { return };
        what_is_confirmed_counts(world, House::Kz, &home.opens("kz"));
    }

    /// So does what lemonldap-ng says.
    fn lemonldap_gives_what_was_confirmed(world) {
        let Some(home) = Lemonldap::start(module_path!()) else { return };
        what_is_confirmed_counts(world, House::Az, &home);
    }
}
