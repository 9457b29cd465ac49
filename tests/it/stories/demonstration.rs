//! The demonstration, as a first visitor finds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use passage::cases::case::model::CaseStatus;
use passage::config::Mode;
use passage::demo::{self, Filled, PASSWORD};
use passage::text_enum::TextEnum;
use serde_json::json;

use crate::harness::{World, block_on, both};

fn fill(world: &World) -> Filled {
    let app = world.app();
    block_on(demo::fill(&app.config, app.clock.clone())).expect("the demonstration can be made")
}

fn sign_in(world: &World, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD});
    world.nobody().post("/auth/login").json(body).expect(200).text("access_token")
}

both! {
    /// It fills an empty database: everybody may sign in, and together they see a case in every state.
    fn every_state_is_shown_to_those_who_sign_in(world) {
        let Filled::Now(sign_ins) = fill(world) else { panic!("the database was not empty") };
        let mut states = BTreeSet::new();
        for (email, who) in &sign_ins {
            let token = sign_in(world, email);
            let cases = world.nobody().get("/cases?limit=200").token(&token).expect(200);
            let may_see = !who.starts_with("system_admin") && !who.starts_with("agency_admin");
            assert!(may_see || cases.items().is_empty(), "{who} sees {cases}");
            for case in cases.items() {
                states.insert(case["status"].as_str().unwrap().to_owned());
            }
        }
        let every = CaseStatus::ALL.iter().map(|state| state.as_str().to_owned()).collect();
        assert_eq!(states, every);
        world.verify_journal();
    }

    /// One case is in the middle of its route: a border behind it, handed over, one country undecided, one report overdue.
    fn a_case_in_the_middle_of_its_route_is_shown(world) {
        assert!(matches!(fill(world), Filled::Now(_)));
        let token = sign_in(world, "liaison-officer.kg@demo.example");
        let get = |path: &str| world.nobody().get(path).token(&token).expect(200);
        let found = get("/cases?limit=200");
        let case = found.items().iter().find(|case| case["code_name"] == "Silk thread").unwrap();
        let at = |tail: &str| format!("/cases/{}{tail}", case["id"].as_str().unwrap());
        let words = |path: &str, field: &str| -> Vec<String> {
            let list = get(&at(path));
            list.items().iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(words("/legs", "status"), ["completed", "in_progress", "planned"]);
        let requests: BTreeSet<String> = words("/authorisations", "status").into_iter().collect();
        assert_eq!(requests, BTreeSet::from(["acknowledged".to_owned(), "granted".to_owned()]));
        assert!(words("/milestones", "status").contains(&"overdue".to_owned()));
        assert_eq!(words("/handovers", "status"), ["accepted"]);
        let check = get(&at("/route-check")).json.to_string();
        assert!(check.contains("AZ"), "{check}");
        world.watches();
        assert!(!get("/alerts?state=open").items().is_empty());
    }

    /// Filling again adds nothing, not even to the journal.
    fn it_is_made_once(world) {
        let before = {
            assert!(matches!(fill(world), Filled::Now(_)));
            let mut probe = world.probe();
            (probe.entries(), probe.count("users"), probe.count("cases"))
        };
        assert!(matches!(fill(world), Filled::Before));
        let mut probe = world.probe();
        assert_eq!((probe.entries(), probe.count("users"), probe.count("cases")), before);
    }

    /// A database with accounts, whosever they are, is left as it is.
    fn a_working_server_is_left_alone(world) {
        world.system_admin();
        assert!(matches!(fill(world), Filled::Before));
        assert_eq!(world.probe().count("cases"), 0);
    }

    /// A production server does not serve it: everybody knows its password.
    fn production_does_not_serve_it(world) {
        let mut app = world.app().clone();
        let mut config = (*app.config).clone();
        config.server.mode = Mode::Production;
        app.config = Arc::new(config);
        world.system_admin();
        assert!(block_on(demo::refuse(&app)).is_ok());
        world.probe().execute(&format!("UPDATE users SET email = '{}'", demo::SYSTEM_ADMIN)).unwrap();
        let refused = block_on(demo::refuse(&app)).unwrap_err().to_string();
        assert!(refused.contains("whose password everybody knows"), "{refused}");
        assert!(block_on(demo::refuse(world.app())).is_ok());
    }
}
