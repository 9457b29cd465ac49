//! The mark of an agency that holds authority for its country.

use serde_json::json;

use crate::harness::{House, World, both};

fn mark(agency: &str) -> String {
    format!("/agencies/{agency}/authority")
}

both! {
    /// The first of a country holds it at once, the next when an agency of that country has confirmed it.
    fn the_first_holds_it_and_the_next_is_confirmed(world) {
        let root = world.system_admin();
        let (one, two) = (world.agency(House::Kg), world.agency(House::KgPolice));
        let (liaison, other) = (world.speaker(House::Kg), world.speaker(House::KgPolice));
        let abroad = world.speaker(House::Kz);
        one.admin.post(mark(&one.id)).refused(403, "forbidden");
        assert_eq!(root.post(mark(&one.id)).expect(200).json["authority"], "held");
        assert_eq!(root.post(mark(&two.id)).expect(200).json["authority"], "proposed");
        let confirm = format!("{}/confirm", mark(&two.id));
        for nobody in [&other, &abroad, &root] {
            nobody.post(&confirm).refused(403, "forbidden");
        }
        assert_eq!(liaison.post(&confirm).expect(200).json["authority"], "held");
        root.delete(mark(&one.id)).expect(204);
        let shown = root.get(format!("/agencies/{}", one.id)).expect(200);
        assert_eq!(shown.json["authority"], "none");
        other.post(format!("{}/confirm", mark(&one.id))).refused(409, "state-refused");
    }

    /// A mark that was taken away does not make the next agency the first.
    fn the_first_stays_the_first(world) {
        let root = world.system_admin();
        let (one, two) = (world.agency(House::Kg).id, world.agency(House::KgPolice).id);
        for house in [House::Kg, House::KgPolice] {
            world.speaker(house);
        }
        assert_eq!(root.post(mark(&one)).expect(200).json["authority"], "held");
        root.delete(mark(&one)).expect(204);
        assert_eq!(root.post(mark(&two)).expect(200).json["authority"], "proposed");
        assert_eq!(root.post(mark(&one)).expect(200).json["authority"], "held");
    }

    /// A regional centre belongs to no country, and holds authority for none.
    fn a_centre_holds_none(world) {
        let root = world.system_admin();
        let centre = json!({
            "name": "Centre", "short_name": "RC", "kind": "regional", "time_zone": "Asia/Almaty",
            "languages": ["ru"],
        });
        let centre = root.post("/agencies").json(centre).expect(201).id();
        root.post(mark(&centre)).refused(409, "state-refused");
    }
}
