//! Who asks, and about what: three cases, each with one of everything, in different states.

use std::collections::BTreeMap;

use passage::access::Role;
use passage::machine_scope::MachineScope;
use passage::text_enum::TextEnum as _;
use serde_json::json;

use crate::harness::{Actor, Directory, Estate, House, Machine, World};

/// Nobody is told to wait: what is looked for stands behind the limits.
pub const SETTINGS: &[(&str, &str)] = &[
    ("PASSAGE_LIMITS__ACCOUNT_PER_SECOND", "100000"),
    ("PASSAGE_LIMITS__ACCOUNT_BURST", "1000000"),
    ("PASSAGE_LIMITS__AGENCY_PER_SECOND", "100000"),
    ("PASSAGE_LIMITS__AGENCY_BURST", "1000000"),
    ("PASSAGE_LIMITS__CHECKS_PER_HOUR", "10000"),
    ("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "10000"),
];

/// Somebody who asks.
pub struct Asker {
    /// What is asked with; nobody has nothing.
    pub token: Option<String>,
    /// What he or she can read as long as nothing shut him or her out.
    pub reads: &'static str,
    /// How much of what is asked at random has to be done, in percent: with less a run says little.
    pub done: usize,
}

/// A world and what there is in it.
pub struct Cast {
    pub world: World,
    pub estates: Vec<Estate>,
}

impl Cast {
    pub fn new(world: &World) -> Self {
        let estates: Vec<_> = (0..3).map(|_| Estate::new(world, House::Kg, House::Kz)).collect();
        for estate in &estates {
            let (lead, case) = (&estate.lead, &estate.case);
            lead.admits(case, &world.speaker(House::Centre), "coordinator");
            lead.assigns(case, &world.officer(House::Kg, Role::CaseOfficer));
            let request = case.at(format!("/authorisations/{}", estate.ids["authorisation_id"]));
            lead.post(format!("{request}/submit")).expect(200);
            world.speaker(House::KzProsecutor).post(format!("{request}/acknowledge")).expect(200);
        }
        let [_, offered, active] = &estates[..] else { panic!("there are three") };
        let handover = offered.case.at(format!("/handovers/{}", offered.ids["handover_id"]));
        offered.partner.post(format!("{handover}/agree")).expect(200);
        offered.lead.post(format!("{handover}/offer")).expect(200);
        active.lead.moves(&active.case, json!({"to": "planning"}));
        active.lead.is_granted(&active.case, &[House::KgProsecutor]);
        let request = active.case.at(format!("/authorisations/{}", active.ids["authorisation_id"]));
        let authority = world.authority(House::KzProsecutor);
        authority.post(format!("{request}/grant")).json(world.grant()).expect(200);
        active.lead.moves(&active.case, json!({"to": "ready"}));
        active.lead.moves(&active.case, json!({"to": "active"}));
        Self { world: world.clone(), estates }
    }

    /// The ids of what there is, one object for each estate.
    pub fn things(&self) -> Vec<BTreeMap<&'static str, String>> {
        let things = |estate: &Estate| {
            let mut ids = estate.ids.clone();
            ids.insert("lead_id", estate.lead.agency.clone());
            ids
        };
        self.estates.iter().map(things).collect()
    }

    fn officer(&self, house: House, role: Role, done: usize) -> Asker {
        signed_in(&self.world.officer(house, role), done)
    }

    #[expect(clippy::unused_self, reason = "one of those who ask, as all the others are")]
    pub fn nobody(&self) -> Asker {
        Asker { token: None, reads: "/openapi.json", done: 0 }
    }

    pub fn liaison_officer_of_the_lead(&self) -> Asker {
        self.officer(House::Kg, Role::LiaisonOfficer, 20)
    }

    pub fn liaison_officer_of_a_partner(&self) -> Asker {
        self.officer(House::Kz, Role::LiaisonOfficer, 10)
    }

    pub fn case_officer(&self) -> Asker {
        self.officer(House::Kg, Role::CaseOfficer, 10)
    }

    pub fn authority(&self) -> Asker {
        signed_in(&self.world.authority(House::KzProsecutor), 1)
    }

    pub fn coordinator(&self) -> Asker {
        self.officer(House::Centre, Role::Coordinator, 5)
    }

    pub fn auditor(&self) -> Asker {
        self.officer(House::Kg, Role::Auditor, 1)
    }

    pub fn agency_admin(&self) -> Asker {
        self.officer(House::Kg, Role::AgencyAdmin, 1)
    }

    pub fn system_admin(&self) -> Asker {
        signed_in(&self.world.system_admin(), 1)
    }

    pub fn machine_account(&self) -> Asker {
        let scopes: Vec<_> = MachineScope::ALL.iter().map(|scope| scope.as_str()).collect();
        let machine = Machine::new(&self.world, House::Kg, &["case_officer"], &scopes);
        for estate in &self.estates {
            let assigned = json!({"user_id": machine.id});
            estate.lead.post(estate.case.at("/assignments")).json(assigned).expect(201);
        }
        Asker { token: Some(machine.token()), reads: "/cases", done: 10 }
    }

    pub fn identity_provider(&self) -> Asker {
        let directory = Directory::new(&self.world, House::Kg);
        Asker { token: Some(directory.token), reads: "/scim/v2/Users", done: 1 }
    }
}

fn signed_in(actor: &Actor, done: usize) -> Asker {
    Asker { token: Some(actor.token()), reads: "/auth/me", done }
}
