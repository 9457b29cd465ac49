//! What each country asks: who keeps it, who reads it, and what it was before.

use passage::access::Role;
use serde_json::{Value, json};

use crate::harness::{Actor, House, Reply, Request, World, both, country_profile};

/// A profile with everything.
fn whole(agency: &str) -> Value {
    let mut body = country_profile();
    let more = json!({
        "competent_authorities": [
            {"name": "Duty officer", "agency_id": agency, "phone": "+996 312 123456", "email": "duty@kg.example", "hours": "24/7"},
            {"name": "Prosecutor", "agency_id": null, "phone": "+996 312 654321", "email": null, "hours": null},
        ],
        "signatory": "Deputy head",
        "permitted": [{"kind": "narcotic", "modalities": ["live", "substituted"]}, {"kind": "weapons", "modalities": []}],
        "substitution_allowed": true,
        "maximum_duration_hours": 720,
        "notice_hours": 72,
        "oral_procedure": {"allowed": true, "confirm_within_hours": 24, "description": "By phone"},
        "required_documents": ["Decision to open the investigation"],
        "foreign_officers": {"allowed": true, "armed": false, "note": null},
        "on_control_lost": "Intervene at once.",
        "review_due_on": "2026-03-02",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Keeps a profile in the version that stands there.
#[track_caller]
fn keep(actor: &Actor, code: &str, body: &Value) -> Request {
    let path = format!("/countries/{code}");
    let etag = actor.get(&path).expect(200).etag();
    actor.put(path).if_match(etag).json(body)
}

#[track_caller]
fn country(actor: &Actor, code: &str) -> Reply {
    actor.get(format!("/countries/{code}")).expect(200)
}

both! {
    /// Every country stands in the list with its names, page by page, and has no profile at first.
    fn every_country_has_its_names(world) {
        let hasan = world.speaker(House::Az);
        let (mut codes, mut path) = (Vec::new(), "/countries?limit=200".to_owned());
        loop {
            let page = hasan.get(&path).expect(200);
            codes.extend(page.items().iter().map(|item| item["code"].as_str().unwrap().to_owned()));
            assert!(page.items().iter().all(|item| item["has_profile"] == false));
            let Some(next) = page.json["next_cursor"].as_str() else { break };
            path = format!("/countries?limit=200&cursor={next}");
        }
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
        let none = country(&hasan, "KG");
        assert_eq!(none.etag(), "\"0\"");
        assert_eq!(none.json["names"], json!({"en": "Kyrgyzstan", "ru": "Кыргызстан", "ky": "Кыргызстан"}));
        assert_eq!((&none.json["version"], &none.json["profile"]), (&json!(0), &Value::Null));
        for code in ["ZZ", "kg", "KGZ"] {
            hasan.get(format!("/countries/{code}")).refused(404, "not-found");
            hasan.get(format!("/countries/{code}/history")).refused(404, "not-found");
            hasan.put(format!("/countries/{code}")).json(country_profile()).refused(404, "not-found");
        }
        assert!(hasan.get("/countries/KG/history").expect(200).items().is_empty());
    }

    /// The first version is guarded as well; a profile comes back as it was sent, and every version stays.
    fn a_country_keeps_its_profile(world) {
        let aida = world.speaker(House::Kg);
        let sent = whole(&aida.agency);
        aida.put("/countries/KG").json(&sent).refused(428, "if-match-required");
        aida.put("/countries/KG").if_match("\"1\"").json(&sent).refused(412, "stale-version");
        let kept = aida.put("/countries/KG").if_match("\"0\"").json(&sent).expect(200);
        assert_eq!(kept.etag(), "\"1\"");
        assert_eq!(kept.json["profile"], sent, "as it was sent");
        assert_eq!(kept.json["confirmed"], true);
        assert_eq!(kept.json["kept_by_agency_id"], aida.agency);
        assert_eq!(country(&world.speaker(House::Az), "KG").json, kept.json, "whoever has an account reads it");
        aida.put("/countries/KG").if_match("\"0\"").json(&sent).refused(412, "stale-version");

        // What was read can be sent again, and changes nothing.
        let same = keep(&aida, "KG", &kept.json["profile"]).changing_nothing().expect(200);
        assert_eq!(same.etag(), "\"1\"");

        // Another agency of the country keeps it as well; what is not sent is not known any more.
        let police = world.speaker(House::KgPolice);
        world.advance_minutes(5);
        let mut newer = country_profile();
        newer["reviewed_on"] = json!("2026-02-28");
        let second = keep(&police, "KG", &newer).expect(200);
        assert_eq!((second.etag(), &second.json["profile"]["notice_hours"]), ("\"2\"".to_owned(), &Value::Null));
        let history = aida.get("/countries/KG/history?limit=1").expect(200);
        let (now, next) = (history.items()[0].clone(), history.text("next_cursor"));
        assert_eq!((&now["version"], &now["kept_by_agency_id"]), (&json!(2), &json!(police.agency)));
        let before = aida.get(format!("/countries/KG/history?limit=1&cursor={next}")).expect(200);
        let first = &before.items()[0];
        assert_eq!((&first["version"], &first["kept_by"]), (&json!(1), &json!(aida.id)));
        assert_eq!(first["profile"], sent);
        assert!(first["kept_at"].as_str() < now["kept_at"].as_str());
        assert_eq!(before.json["next_cursor"], Value::Null);

        let listed = aida.get("/countries?limit=200").expect(200);
        let items = listed.items();
        let with: Vec<&Value> = items.iter().filter(|item| item["has_profile"] == true).collect();
        assert_eq!(with.len(), 1, "the present version only");
        assert_eq!((&with[0]["code"], &with[0]["confirmed"]), (&json!("KG"), &json!(true)));
        assert_eq!((&with[0]["reviewed_on"], &with[0]["review_due"]), (&json!("2026-02-28"), &json!(false)));
    }

    /// A system admin imports a first version, and corrects it, until somebody of the country has kept one.
    fn an_import_is_unconfirmed_until_the_country_has_spoken(world) {
        let (root, aida) = (world.system_admin(), world.speaker(House::Kg));
        let imported = keep(&root, "KG", &country_profile()).expect(200);
        assert_eq!((&imported.json["confirmed"], imported.etag()), (&json!(false), "\"1\"".to_owned()));
        let mut better = country_profile();
        better["notice_hours"] = json!(48);
        keep(&root, "KG", &better).expect(200);
        // The same words from the country itself are more than they were.
        let confirmed = keep(&aida, "KG", &better).expect(200);
        assert_eq!((&confirmed.json["confirmed"], confirmed.etag()), (&json!(true), "\"3\"".to_owned()));
        keep(&root, "KG", &country_profile()).refused(403, "forbidden");
        assert_eq!(country(&aida, "KG").json, confirmed.json);
        let history = aida.get("/countries/KG/history").expect(200);
        let said: Vec<&Value> = history.items().iter().map(|item| &item["confirmed"]).collect();
        assert_eq!(said, [&json!(true), &json!(false), &json!(false)]);
        // Another country's profile is still open to an import.
        keep(&root, "KZ", &country_profile()).expect(200);
    }

    /// Nobody speaks for another country, nor a case officer for the own one.
    fn nobody_speaks_for_another_country(world) {
        let centre = world.speaker(House::Centre);
        let yerlan = world.speaker(House::Kz);
        let worker = world.another_officer(House::Kg, Role::CaseOfficer);
        let admin = world.agency(House::Kg).admin;
        for actor in [&yerlan, &centre, &worker, &admin] {
            keep(actor, "KG", &country_profile()).refused(403, "forbidden");
            actor.put("/countries/KG").json(json!({"x": 1})).refused(403, "forbidden");
        }
        world.nobody().get("/countries").refused(401, "unauthenticated");
        world.nobody().get("/countries/KG").refused(401, "unauthenticated");
        assert_eq!(country(&yerlan, "KG").json["has_profile"], false);
        keep(&yerlan, "KZ", &country_profile()).expect(200);
    }

    /// Whatever is wrong is named at once.
    fn every_fault_is_named(world) {
        let aida = world.speaker(House::Kg);
        let refused = keep(&aida, "KG", &json!({})).refused(422, "validation-failed");
        let required = [
            "/permitted", "/substitution_allowed", "/languages", "/legal_basis", "/source", "/reviewed_on",
        ];
        assert_eq!(refused.pointers(), required);
        let foreign = world.speaker(House::Kz).agency;
        let wrong = json!({
            "competent_authorities": [
                {"name": " ", "phone": "112", "email": "nobody"},
                {"name": "Police", "agency_id": foreign, "phone": "+996 312 123456"},
            ],
            "permitted": [
                {"kind": "narcotic", "modalities": ["live", "live"]},
                {"kind": "narcotic", "modalities": ["alive"]},
            ],
            "substitution_allowed": "yes",
            "maximum_duration_hours": 0,
            "notice_hours": -1,
            "oral_procedure": {"confirm_within_hours": 0},
            "languages": [],
            "required_documents": [""],
            "foreign_officers": {"allowed": false, "armed": true},
            "legal_basis": "",
            "source": null,
            "reviewed_on": "2026-03-03",
            "review_due_on": "2026-03-03",
        });
        let refused = keep(&aida, "KG", &wrong).refused(422, "validation-failed");
        let faults = [
            "/competent_authorities/0/name",
            "/competent_authorities/0/phone",
            "/competent_authorities/0/email",
            "/permitted/0/modalities",
            "/permitted/1/modalities/0",
            "/permitted/1/kind",
            "/substitution_allowed",
            "/maximum_duration_hours",
            "/notice_hours",
            "/oral_procedure/allowed",
            "/oral_procedure/confirm_within_hours",
            "/languages",
            "/required_documents/0",
            "/foreign_officers/armed",
            "/legal_basis",
            "/source",
            "/reviewed_on",
            "/review_due_on",
            "/competent_authorities/1/agency_id",
        ];
        assert_eq!(refused.pointers(), faults);
        let mut unknown = country_profile();
        unknown["confirmed"] = json!(true);
        keep(&aida, "KG", &unknown).refused(422, "validation-failed");
        assert_eq!(country(&aida, "KG").json["has_profile"], false);
    }

    /// When the day has passed by which somebody was to make sure, that is shown.
    fn a_review_falls_due(world) {
        let aida = world.speaker(House::Kg);
        keep(&aida, "KG", &whole(&aida.agency)).expect(200);
        let due = |actor: &Actor| {
            let listed = actor.get("/countries?limit=200").expect(200);
            let item = listed.items().iter().find(|item| item["code"] == "KG").unwrap().clone();
            assert_eq!(item["review_due"], country(actor, "KG").json["review_due"]);
            item["review_due"] == true
        };
        world.advance_minutes(24 * 60);
        assert!(!due(&aida), "2026-03-02 is still in time");
        world.advance_minutes(24 * 60);
        assert!(due(&aida));
    }

    /// The journal of whoever kept it tells of it, and holds to every word.
    fn keeping_it_is_journalled(world) {
        let (root, aida) = (world.system_admin(), world.speaker(House::Kg));
        keep(&root, "KG", &country_profile()).expect(200);
        keep(&aida, "KG", &whole(&aida.agency)).expect(200);
        let told = |actor: &Actor| -> Vec<Value> {
            let journal = actor.get("/journal?limit=200").expect(200);
            let kept = |entry: &&Value| entry["action"] == "country.profile_kept";
            journal.items().iter().filter(kept).cloned().collect()
        };
        let (hers, its) = (told(&aida), told(&root));
        assert_eq!((hers.len(), its.len()), (1, 1), "each in the own agency's journal");
        let entry = &hers[0];
        assert_eq!(entry["subject"]["kind"], "country");
        let details = &entry["details"];
        assert_eq!((&details["country"], &details["version"]), (&json!("KG"), &json!(2)));
        assert_eq!((&details["confirmed"], &its[0]["details"]["confirmed"]), (&json!(true), &json!(false)));
        assert!(!details.to_string().contains("Deputy head"), "free text is not in the entry");
        let text: Value = serde_json::from_str(entry["texts"]["profile"]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, country(&aida, "KG").json["profile"]);
    }

    /// Of two who keep the same version at the same time one is told that it is stale.
    fn of_two_at_once_one_is_stale(world) {
        let (aida, police) = (world.speaker(House::Kg), world.speaker(House::KgPolice));
        let (_, _) = (aida.token(), police.token());
        for round in 0..8 {
            let etag = format!("\"{round}\"");
            let mut statuses: Vec<u16> = std::thread::scope(|scope| {
                let keepers = [&aida, &police].map(|actor| {
                    let mut body = country_profile();
                    body["signatory"] = json!(format!("{} {round}", actor.id));
                    let request = (actor, etag.clone(), body);
                    scope.spawn(move || {
                        let (actor, etag, body) = request;
                        actor.put("/countries/KG").if_match(etag).json(body).beside_others().send().status
                    })
                });
                keepers.into_iter().map(|keeper| keeper.join().unwrap()).collect()
            });
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412]);
        }
        assert_eq!(world.probe().count("country_profiles"), 8);
    }
}
