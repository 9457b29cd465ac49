//! The demonstration, as a first visitor finds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use passage::cases::case::model::CaseStatus;
use passage::clock::SystemClock;
use passage::config::Mode;
use passage::credentials::key_ring;
use passage::demo::{self, Filled, PASSWORD};
use passage::text_enum::TextEnum;
use passage::upkeep;
use serde_json::{Value, json};

use crate::harness::{Reply, World, block_on, both};

fn fill(world: &World) -> Filled {
    let app = world.app();
    block_on(demo::fill(&app.config, app.clock.clone())).expect("the demonstration can be made")
}

fn sign_in(world: &World, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD});
    world.nobody().post("/auth/login").json(body).expect(200).text("access_token")
}

/// A case, as somebody of the demonstration sees it.
struct Look<'a> {
    world: &'a World,
    token: String,
    case: Value,
}

impl<'a> Look<'a> {
    fn at(world: &'a World, email: &str, code_name: &str) -> Self {
        let token = sign_in(world, email);
        let found = world.nobody().get("/cases?limit=200").token(&token).expect(200);
        let case = found.items().iter().find(|case| case["code_name"] == code_name).unwrap();
        Self { world, token, case: case.clone() }
    }

    /// What stands below the case.
    fn get(&self, tail: &str) -> Reply {
        let path = format!("/cases/{}{tail}", self.case["id"].as_str().unwrap());
        self.world.nobody().get(path).token(&self.token).expect(200)
    }

    /// One field of everything in a list.
    fn words(&self, list: &str, field: &str) -> Vec<String> {
        let list = self.get(list);
        list.items()
            .iter()
            .map(|item| item[field].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The short name of an agency.
    fn agency(&self, id: &Value) -> String {
        let path = format!("/agencies/{}", id.as_str().unwrap());
        self.world.nobody().get(path).token(&self.token).expect(200).text("short_name")
    }

    /// What was told of milestones: by whom, what, and when to the minute, in the order of time. Nothing was told late.
    fn told(&self) -> Vec<String> {
        let milestones = self.get("/milestones?limit=200");
        let mut told: Vec<(String, String)> = Vec::new();
        for milestone in milestones.items() {
            let report = &milestone["report"];
            assert_eq!(report["flags"], json!([]), "{milestone}");
            let at = report["occurred_at"].as_str().unwrap()[..16].to_owned();
            let who = self.agency(&report["agency_id"]);
            told.push((at, format!("{who} {}", milestone["kind"].as_str().unwrap())));
        }
        told.sort();
        told.into_iter().map(|(at, what)| format!("{at} {what}")).collect()
    }

    /// Every border that was crossed, leg by leg: as was allowed, and recorded when it happened.
    fn crossed(&self) -> Vec<String> {
        let mut crossed = Vec::new();
        for leg in self.words("/legs", "id") {
            for crossing in self.get(&format!("/legs/{leg}/crossings")).items() {
                assert_eq!(crossing["flags"], json!([]), "{crossing}");
                let [occurred, recorded] = ["occurred_at", "recorded_at"]
                    .map(|field| crossing[field].as_str().unwrap()[..16].to_owned());
                assert_eq!(occurred, recorded);
                let word = |field: &str| crossing[field].as_str().unwrap();
                crossed.push(format!("{occurred} {} {}", word("direction"), word("country")));
            }
        }
        crossed
    }

    /// Who was in control of the goods, one behind the other without a gap and for good: agency, since when, and how it
    /// ended.
    fn controlled(&self) -> Vec<String> {
        let control = self.get("/control");
        let goods = &control.json["consignments"][0];
        assert_eq!(goods["in_control"], Value::Null, "{control}");
        let periods = goods["periods"].as_array().unwrap();
        for two in periods.windows(2) {
            assert_eq!(two[0]["ended_at"], two[1]["begun_at"], "{control}");
            assert!(two[0]["begun_at"].as_str() < two[0]["ended_at"].as_str(), "{control}");
        }
        let period = |it: &Value| {
            assert_eq!(it["flags"], json!([]), "{control}");
            let [since, how] = ["begun_at", "ended_how"].map(|field| it[field].as_str().unwrap());
            format!("{} {} {how}", &since[..16], self.agency(&it["agency_id"]))
        };
        periods.iter().map(period).collect()
    }

    /// Each country's leave counted when a leg that touches it was started, and allowed how the goods travelled.
    fn was_allowed(&self, modality: &str) {
        let requests = self.get("/authorisations");
        for leg in self.get("/legs").items() {
            for country in [&leg["from"]["country"], &leg["to"]["country"]] {
                let of_country = |it: &&Value| it["country"] == *country;
                let grant = &requests.items().iter().find(of_country).unwrap()["grant"];
                let moment = |field: &str| grant[field].as_str().unwrap();
                let started = leg["started_at"].as_str().unwrap();
                assert!(
                    moment("valid_from") <= started && started < moment("valid_until"),
                    "{grant}"
                );
                assert_eq!(grant["permitted_modalities"], json!([modality]));
                assert!(!grant["conditions"].as_str().unwrap().is_empty());
            }
        }
    }

    /// It ended well: everything is settled, all that happened stands in the year in which it did, and nobody has to be
    /// told of anything.
    fn is_over(&self, outcome: &str, year: &str, states: &[&str]) {
        let case = self.get("");
        assert_eq!(
            (case.text("status").as_str(), case.text("outcome").as_str()),
            ("closed", outcome)
        );
        assert_eq!(&case.text("reference")[2..8], format!("-{year}-"));
        let mut reported = self.words("/reports", "country");
        reported.sort();
        assert_eq!(reported, states, "one report of each State");
        let handovers = self.get("/handovers");
        assert_eq!(handovers.items().len(), states.len() - 1, "one at each border");
        for handover in handovers.items() {
            assert_eq!((&handover["status"], &handover["flags"]), (&json!("accepted"), &json!([])));
            assert_eq!(handover["seals"], handover["received_seals"]);
            assert_ne!(handover["leg_id"], Value::Null);
        }
        let goods = self.words("/consignments", "id").remove(0);
        let balance = self.get(&format!("/consignments/{goods}/balance"));
        assert_eq!(
            (&balance.json["settled"], &balance.json["balanced"]),
            (&json!(true), &json!(true))
        );
        for entry in self.get("/journal?limit=200").items() {
            let recorded = entry["recorded_at"].as_str();
            assert!(recorded.is_none_or(|at| at.starts_with(year)), "{entry}");
        }
        for state in states {
            let token = sign_in(
                self.world,
                &format!("liaison-officer.{state}@demo.example").to_lowercase(),
            );
            let alerts = format!("/alerts?case={}", self.case["id"].as_str().unwrap());
            let alerts = self.world.nobody().get(alerts).token(&token).expect(200);
            assert!(alerts.items().is_empty(), "{state}: {alerts}");
        }
    }
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
        let look = Look::at(world, "liaison-officer.kg@demo.example", "Silk thread");
        assert_eq!(look.words("/legs", "status"), ["completed", "in_progress", "planned"]);
        let requests: BTreeSet<String> = look.words("/authorisations", "status").into_iter().collect();
        assert_eq!(requests, BTreeSet::from(["acknowledged".to_owned(), "granted".to_owned()]));
        assert!(look.words("/milestones", "status").contains(&"overdue".to_owned()));
        assert_eq!(look.words("/handovers", "status"), ["accepted"]);
        let moves: Vec<String> = look
            .get("/journal?limit=200")
            .items()
            .iter()
            .filter(|entry| entry["action"] == "case.moved")
            .map(|entry| entry["details"]["to"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(moves, ["planning", "ready", "active"]);
        let check = look.get("/route-check").json.to_string();
        assert!(check.contains("AZ"), "{check}");
        world.watches();
        let alerts = world.nobody().get("/alerts?state=open").token(&look.token).expect(200);
        assert!(!alerts.items().is_empty());
    }

    /// The truck over the Caspian Sea went its whole way in August 2009: by road and by sea, with leave of both countries, and
    /// into other hands in the port.
    fn the_truck_over_the_caspian_stands_whole(world) {
        assert!(matches!(fill(world), Filled::Now(_)));
        world.watches();
        let look = Look::at(world, "coordinator.centre@demo.example", "Caspian truck");
        assert_eq!(look.words("/legs", "status"), ["completed", "completed"]);
        assert_eq!(look.words("/legs", "mode"), ["road", "sea"]);
        assert_eq!(look.words("/authorisations", "country"), ["AZ", "KZ"]);
        look.was_allowed("substituted");
        assert_eq!(look.told(), [
            "2009-08-24T05:30 AZ departed", "2009-08-24T14:00 AZ checkpoint", "2009-08-26T18:00 AZ exited",
            "2009-08-28T03:15 KZ entered", "2009-08-28T04:00 KZ arrived",
        ]);
        assert_eq!(look.crossed(), ["2009-08-26T18:00 exit AZ", "2009-08-28T03:15 enter KZ"]);
        assert_eq!(look.controlled(), [
            "2009-08-24T05:00 AZ handed_over", "2009-08-28T03:00 KZ delivered_and_seized",
        ]);
        look.is_over("delivered_no_arrest", "2009", &["AZ", "KZ"]);
        // A server that goes on with it numbers what happened and lets go of what was kept for a while.
        world.settles();
        let app = world.app();
        assert!(block_on(upkeep::round(&app.db, &app.clock)).unwrap() > 0);
        world.verify_journal();
    }

    /// The heroin went from Bishkek to Rubtsovsk in October 2010, from hand to hand over two borders, and was seized there; two
    /// were arrested, and the channel was halted eleven days later.
    fn the_heroin_to_altai_stands_whole(world) {
        assert!(matches!(fill(world), Filled::Now(_)));
        world.watches();
        let look = Look::at(world, "coordinator.centre@demo.example", "Rubtsovsk");
        assert_eq!(look.words("/legs", "status"), ["completed", "completed"]);
        assert_eq!(look.words("/authorisations", "country"), ["KG", "KZ", "RU"]);
        look.was_allowed("live");
        assert_eq!(look.told(), [
            "2010-10-12T06:00 KG detected", "2010-10-14T07:00 KG departed", "2010-10-14T09:20 KG exited",
            "2010-10-14T09:45 KZ entered", "2010-10-17T15:10 KZ exited", "2010-10-17T15:40 RU entered",
            "2010-10-18T05:00 RU seized", "2010-10-18T05:05 RU arrested", "2010-10-29T07:00 KZ intervened",
        ]);
        assert_eq!(look.crossed(), [
            "2010-10-14T09:20 exit KG", "2010-10-14T09:45 enter KZ", "2010-10-17T15:10 exit KZ", "2010-10-17T15:40 enter RU",
        ]);
        assert_eq!(look.controlled(), [
            "2010-10-14T06:00 KG handed_over", "2010-10-14T09:35 KZ handed_over", "2010-10-17T15:25 RU delivered_and_seized",
        ]);
        let reports = look.get("/reports");
        let of_russia = reports.items().iter().find(|report| report["country"] == "RU").unwrap();
        assert_eq!(of_russia["arrests"], 2);
        assert_eq!(of_russia["seizures"][0]["quantity"], json!({"value": "5.3", "unit": "kg"}));
        look.is_over("delivered_arrests", "2010", &["KG", "KZ", "RU"]);
        world.verify_journal();
    }

    /// Filling again adds nothing, not even to the journal.
    fn it_is_made_once(world) {
        let before = {
            // The machine's own clock goes on by itself.
            let made = block_on(demo::fill(&world.app().config, Arc::new(SystemClock)));
            assert!(matches!(made, Ok(Filled::Now(_))));
            let mut probe = world.probe();
            (probe.entries(), probe.count("users"), probe.count("cases"))
        };
        assert!(matches!(fill(world), Filled::Before));
        let mut probe = world.probe();
        assert_eq!((probe.entries(), probe.count("users"), probe.count("cases")), before);
    }

    /// The server's own keys may be younger than what is played: its past is signed with none of them.
    fn younger_keys_are_no_hindrance(world) {
        let file = world.app().config.signing_key_file();
        key_ring::replace(&file, world.now()).unwrap();
        assert!(matches!(fill(world), Filled::Now(_)));
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
