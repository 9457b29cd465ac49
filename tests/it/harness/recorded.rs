//! Cases that were worked before the server, in states which the contract does not reach yet.

use passage::access::Context;
use passage::answer::Answer;
use passage::cases::case::import::{Imported, import};
use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use super::actor::Actor;
use super::builders::Case;
use super::house::House;
use super::world::World;

impl Actor {
    /// Records a case that the own agency, which is `house`, led before the server, in the state that it had reached.
    #[track_caller]
    pub fn recorded_case(&self, house: House, code_name: &str, status: CaseStatus) -> Case {
        let header = json!({
            "code_name": code_name,
            "summary": "Begun by telephone, recorded as it stood",
            "priority": "urgent",
            "handling_codes": ["H0"],
            "modality": "live",
        });
        self.recorded_case_of(house, header, status)
    }

    /// The same with a header of its own.
    #[track_caller]
    pub fn recorded_case_of(&self, house: House, header: Value, status: CaseStatus) -> Case {
        let world = self.world();
        let imported = Imported {
            lead: self.agency.parse().unwrap(),
            country: house.country().map(|country| country.parse().unwrap()),
            officer: self.id.parse().unwrap(),
            header: serde_json::from_value(header).unwrap(),
            status,
            outcome: None,
        };
        let context = Context::of_command("import", world.now());
        let done = world
            .app()
            .db
            .write(&context, move |tx| import(tx, &imported)?.try_map(|row| Answer::ok(&row.id)));
        let answer = super::block_on(done).expect("a case can be recorded");
        let id: String = serde_json::from_str(&answer.body.unwrap_or_default()).unwrap();
        Case::of(&self.get(format!("/cases/{id}")).expect(200))
    }
}

/// An active case of Aida's with Yerlan of Kazakhstan as partner and a centre as coordinator.
pub fn coordinated(world: &World) -> (Actor, Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let centre = world.speaker(House::Centre);
    let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
    aida.admits(&case, &yerlan, "partner");
    aida.admits(&case, &centre, "coordinator");
    (aida, yerlan, centre, case)
}
