//! The same thing in two hands: who is told, and what a copy of the database tells.

use serde_json::json;

use crate::harness::{House, World, both, consignment};

both! {
    /// Identifiers stand nowhere in the database but sealed: not in their rows, nor in kept answers, nor in the journal.
    fn a_copy_of_the_database_reveals_no_identifier(world) {
        let aida = world.speaker(House::Kg);
        let mut first = consignment();
        first["identifiers"] = json!([{"kind": "container", "value": "CSQU 305438-3"}]);
        let body = json!({
            "code_name": "Silk", "summary": "Dried fruit", "priority": "urgent", "handling_codes": ["H0"],
            "modality": "live", "consignments": [first],
        });
        let case = aida.post("/cases").key("night-1").json(&body).expect(201);
        let consignments = format!("/cases/{}/consignments", case.id());
        let id = aida.get(&consignments).expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let identifiers = format!("{consignments}/{id}/identifiers");
        let phone = json!({"kind": "phone", "value": "+996 700 123 456"});
        let added = aida.post(&identifiers).key("night-2").json(&phone).expect(201);
        assert_eq!(added.json["normal_form"], "+996700123456");
        let again = aida.post(&identifiers).key("night-2").json(&phone).changing_nothing().expect(201);
        assert_eq!(again.body, added.body, "the kept answer opens");
        let read = aida.get(format!("{identifiers}/{}", added.id())).expect(200);
        assert_eq!(read.json["value"], "+996 700 123 456");

        let mut probe = world.probe();
        assert!(probe.reveals("Dried fruit"), "the probe finds what is there");
        for secret in ["CSQU 305438-3", "CSQU3054383", "+996 700 123 456", "996700123456"] {
            assert!(!probe.reveals(secret), "{secret} stands in the database");
        }
    }
}
