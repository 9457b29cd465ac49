//! Agencies: who makes them, and who changes what about them.

use serde_json::{Value, json};

use super::agency;
use crate::harness::{House, World, both, unknown_id};

both! {
    /// System admins make agencies; whatever is wrong with a new one is named at once.
    fn system_admins_make_them(world) {
        let root = world.system_admin();
        let wrong = json!({
            "name": "", "short_name": "X", "kind": "national", "time_zone": "Nowhere",
            "languages": [], "contact_point": {"phone": "1"},
        });
        let refused = root.post("/agencies").json(wrong).refused(422, "validation-failed");
        let faults = ["/name", "/country", "/time_zone", "/languages", "/contact_point/phone"];
        assert_eq!(refused.pointers(), faults);
        let operator = json!({
            "name": "O", "short_name": "O", "kind": "operator", "time_zone": "UTC", "languages": ["en"],
        });
        let refused = root.post("/agencies").json(operator).refused(422, "validation-failed");
        assert_eq!(refused.pointers(), ["/kind"]);
        let made = root.post("/agencies").json(agency("CUS", "KG")).expect(201);
        assert_eq!(made.etag(), "\"1\"");
        assert_eq!(made.json["authority"], "none");
        let location = format!("/api/v1/agencies/{}", made.id());
        assert_eq!(made.header("location"), Some(location.as_str()));
    }

    /// Whoever has an account reads the list of agencies, page by page.
    fn they_are_listed(world) {
        let root = world.system_admin();
        root.post("/agencies").json(agency("CUS", "KG")).expect(201);
        let last = root.post("/agencies").json(agency("POL", "KG")).expect(201).id();
        let first = root.get("/agencies?limit=2").expect(200);
        assert_eq!(first.items().len(), 2);
        let next = first.text("next_cursor");
        let second = root.get(format!("/agencies?limit=2&cursor={next}")).expect(200);
        assert_eq!(second.items()[0]["id"], last);
        assert_eq!(second.json["next_cursor"], Value::Null);
        world.nobody().get("/agencies").refused(401, "unauthenticated");
        root.get(format!("/agencies/{}", unknown_id())).refused(404, "not-found");
    }

    /// An agency's admin keeps its contact point, and nothing else.
    fn its_admin_keeps_the_contact_point(world) {
        let root = world.system_admin();
        let (admin, liaison) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let path = format!("/agencies/{}", admin.agency);
        admin.post("/agencies").json(agency("Y", "KG")).refused(403, "forbidden");
        admin.edits(&path, json!({"name": "Mine"})).refused(403, "forbidden");
        let phone = json!({"contact_point": {"phone": "+996 312 654321"}});
        liaison.edits(&path, phone.clone()).refused(403, "forbidden");
        let changed = admin.edits(&path, phone).expect(200);
        assert_eq!(changed.etag(), "\"2\"");
        assert_eq!(changed.json["contact_point"]["phone"], "+996 312 654321");
        assert_eq!(changed.json["contact_point"]["hours"], "24/7");
        let other = format!("/agencies/{}", world.agency(House::KgPolice).id);
        admin.edits(other, json!({"contact_point": null})).refused(403, "forbidden");
        assert_eq!(root.get(&path).expect(200).json, changed.json);
    }

    /// A change names the version that it changes; what an agency is and where it belongs never changes.
    fn changes_are_guarded(world) {
        let root = world.system_admin();
        let path = format!("/agencies/{}", world.agency(House::Kg).id);
        root.edits(&path, json!({"short_name": "DCS"})).expect(200);
        let name = json!({"name": "New"});
        root.patch(&path).json(&name).refused(428, "if-match-required");
        root.patch(&path).if_match("\"1\"").json(&name).refused(412, "stale-version");
        let same = json!({"country": "KG", "kind": "national"});
        let same = root.edits(&path, same).changing_nothing().expect(200);
        assert_eq!(same.etag(), "\"2\"");
        let moved = root.edits(&path, json!({"country": "KZ", "kind": "regional"})).expect(422);
        assert_eq!(moved.pointers(), ["/kind", "/country"]);
        root.edits(&path, json!({"name": null})).expect(422);
    }
}
