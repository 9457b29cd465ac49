//! Operations that their agencies have made public, carried through the server.
//!
//! What happened is from the UNODC Regional Office for Central Asia ("Second phase of controlled delivery exercise",
//! "One more drug channel was terminated with CARICC's support"). Officers, vehicles, times within a day, the year
//! of the second and everything else that these do not say are invented. The agencies of the stories stand for those that
//! took part.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, consignment, evidence};

fn settle(actor: &Actor, item: &str, disposition: &str) {
    assert_eq!(actor.disposes(item, disposition).status, 200);
}

/// Asks for a move of the case, whatever becomes of it.
fn asks(actor: &Actor, case: &Case, to: Value) -> Reply {
    let etag = actor.get(&case.path).expect(200).etag();
    actor.post(case.at("/transitions")).if_match(etag).json(to).send()
}

/// Where the legs of the exercise begin and end, each with country and zone.
const STOPS: [(&str, &str, &str); 4] = [
    ("Dushanbe", "TJ", "Asia/Dushanbe"),
    ("Tashkent", "UZ", "Asia/Tashkent"),
    ("Shymkent", "KZ", "Asia/Almaty"),
    ("Bishkek", "KG", "Asia/Bishkek"),
];

/// Plans the leg that begins at a stop, a day long, and gives its path.
fn planned(world: &World, lead: &Actor, case: &Case, at: usize) -> String {
    let end = |at: usize| {
        let (place, country, time_zone) = STOPS[at];
        json!({"place": place, "country": country, "time_zone": time_zone})
    };
    let day = i64::try_from(at).unwrap() * 24 * 60;
    let leg = json!({
        "from": end(at), "to": end(at + 1), "mode": "road",
        "planned_departure": world.minutes_from_now(day + 1),
        "planned_arrival": world.minutes_from_now(day + 24 * 60),
    });
    case.at(format!("/legs/{}", lead.post(case.at("/legs")).json(leg).expect(201).id()))
}

fn asks_to_start(lead: &Actor, leg: &str) -> Reply {
    lead.post(format!("{leg}/start")).send()
}

fn crosses(world: &World, actor: &Actor, leg: &str, direction: &str, country: &str, place: &str) {
    let crossing = json!({
        "direction": direction, "country": country, "place": place,
        "occurred_at": world.minutes_from_now(0),
    });
    let told = actor.post(format!("{leg}/report-crossing")).json(crossing).expect(201);
    assert_eq!(told.json["flags"], json!([]), "{told}");
}

both! {
    /// August 2009: an exercise on a real commercial truck from the border of Iran and Azerbaijan over Baku and the Caspian
    /// Sea to Aktau, in five days, devised and coordinated by the regional centre. Entered afterwards, and closed in two steps.
    fn truck_over_the_caspian(world) {
        let (hasan, daniyar) = (world.speaker(House::Az), world.speaker(House::Kz));
        let nodira = world.speaker(House::Centre);
        let header = json!({
            "code_name": "Caspian truck", "modality": "substituted", "priority": "routine", "handling_codes": ["H0"],
            "summary": "Field exercise from the border of Iran over Baku to Aktau, 24 to 28 August 2009",
        });
        let case = hasan.recorded_case_of(House::Az, header, CaseStatus::Active);
        hasan.admits(&case, &daniyar, "partner");
        hasan.admits(&case, &nodira, "coordinator");
        let load = json!({
            "kind": "other", "substance": "exercise load", "quantity": {"value": "1", "unit": "package"},
            "measured": "measured", "modality": "substituted",
            "identifiers": [{"kind": "vehicle_plate", "value": "10-AB-123"}],
        });
        hasan.post(case.at("/consignments")).json(load).expect(201);

        for (who, kind, at, place) in [
            (&hasan, "departed", "2009-08-24T05:30:00Z", "Border of Iran and Azerbaijan"),
            (&hasan, "checkpoint", "2009-08-24T14:00:00Z", "Baku"),
            (&hasan, "exited", "2009-08-26T18:00:00Z", "Baku, ferry port"),
            (&daniyar, "entered", "2009-08-28T03:15:00Z", "Aktau, sea port"),
        ] {
            let told = who.tells(&case, kind, place, at);
            assert_eq!(told.json["report"]["flags"], json!(["late"]), "entered years afterwards");
        }
        let arrived = daniyar.tells(&case, "arrived", "Aktau", "2009-08-28T04:00:00Z").id();
        hasan.post(case.at(format!("/milestones/{arrived}/confirm"))).expect(200);

        let film = json!({
            "title": "Surveillance film of the crossing", "kind": "video", "storage_place": "Baku", "handling_codes": ["H0"],
        });
        let film = hasan.registers(&case, film, &[&daniyar, &nodira]);
        let transfer = hasan.offers(&film, &daniyar, "Aktau");
        daniyar.post(format!("{transfer}/accept")).expect(200);

        let ended = json!({"to": "concluded", "outcome": "delivered_no_arrest"});
        asks(&daniyar, &case, ended.clone()).expect_code(403, "forbidden");
        hasan.moves(&case, ended);
        let close = json!({"to": "closed"});
        let open = asks(&hasan, &case, close.clone()).expect_code(409, "invariant-25-not-closable");
        assert_eq!(open.json["missing"][0]["reason"], "evidence-without-disposition");
        settle(&daniyar, &film, "retained");
        asks(&nodira, &case, close.clone()).expect_code(409, "state-refused");
        assert_eq!(hasan.moves(&case, close.clone()).text("status"), "concluded", "the centre confirms");
        assert_eq!(nodira.moves(&case, close).text("status"), "closed");
    }

    /// Heroin from Kyrgyzstan through Kazakhstan into Russia: two recipients arrested in Rubtsovsk and 5.3 kg seized on
    /// 18 October, the channel halted in Astana on the 29th. Led by Kazakhstan; what Russia seized stays under its lock.
    fn heroin_to_altai(world) {
        let (daniyar, aida) = (world.speaker(House::Kz), world.speaker(House::Kg));
        let (kirill, nodira) = (world.speaker(House::Ru), world.speaker(House::Centre));
        let case = daniyar.recorded_case(House::Kz, "Rubtsovsk", CaseStatus::Active);
        for partner in [&aida, &kirill] {
            daniyar.admits(&case, partner, "partner");
        }
        daniyar.admits(&case, &nodira, "coordinator");
        let heroin = json!({
            "kind": "narcotic", "substance": "heroin", "quantity": {"value": "5.3", "unit": "kg"},
            "measured": "measured", "modality": "live",
        });
        daniyar.post(case.at("/consignments")).json(heroin).expect(201);
        let shown = kirill.get(case.at("/consignments")).expect(200);
        assert_eq!(shown.items()[0]["quantity"], json!({"value": "5.3", "unit": "kg"}));

        aida.tells(&case, "detected", "Kyrgyz Republic", "2010-10-12T06:00:00Z");
        daniyar.tells(&case, "entered", "Korday", "2010-10-13T09:00:00Z");
        kirill.tells(&case, "entered", "Veseloyarsk", "2010-10-17T11:00:00Z");
        let arrested = kirill.tells(&case, "arrested", "Rubtsovsk, two recipients", "2010-10-18T05:00:00Z").id();
        kirill.tells(&case, "seized", "Rubtsovsk", "2010-10-18T05:20:00Z");
        daniyar.post(case.at(format!("/milestones/{arrested}/confirm"))).expect(200);

        let mut seized = evidence(&[]);
        seized["title"] = json!("Heroin, 5.3 kg");
        seized["kind"] = json!("physical");
        seized["handling_codes"] = json!(["H1"]);
        let seized = kirill.registers(&case, seized, &[&daniyar, &nodira]);
        aida.get(&seized).refused(404, "not-found");

        daniyar.moves(&case, json!({"to": "concluded", "outcome": "delivered_arrests"}));
        kirill.tells(&case, "intervened", "Astana, the channel is halted", "2010-10-29T08:00:00Z");
        asks(&daniyar, &case, json!({"to": "closed"})).expect_code(409, "invariant-25-not-closable");
        kirill.disposes(&seized, "transferred_to_court").expect_code(409, "h1-lock");
        let etag = kirill.get(&seized).expect(200).etag();
        let permit = json!({"use_as_evidence_permitted": true});
        kirill.patch(&seized).if_match(etag).json(permit).expect(200);
        settle(&kirill, &seized, "transferred_to_court");
        daniyar.moves(&case, json!({"to": "closed"}));
        let closed = nodira.moves(&case, json!({"to": "closed"}));
        assert_eq!((closed.text("status"), closed.text("outcome")), ("closed".to_owned(), "delivered_arrests".to_owned()));
    }

    /// October 2008: the first phase of the exercise took four countries in a row, with three handovers at borders. Played by
    /// the clock, with leave of each country: each leg is started, each border crossed and the goods handed over there; one
    /// border is reached late.
    fn four_countries_in_a_row(world) {
        let row = [House::Tj, House::Uz, House::Kz, House::Kg].map(|house| world.speaker(house));
        let lead = &row[0];
        let case = lead.recorded_case(House::Tj, "Four in a row", CaseStatus::Active);
        for partner in &row[1..] {
            lead.admits(&case, partner, "partner");
        }
        let goods = lead.post(case.at("/consignments")).json(consignment()).expect(201).id();
        let legs: Vec<String> = (0..3).map(|at| planned(world, lead, &case, at)).collect();
        asks_to_start(lead, &legs[0]).expect_code(409, "invariant-1-leg-not-authorised");
        let prosecutors = [House::TjProsecutor, House::UzProsecutor, House::KzProsecutor, House::KgProsecutor];
        lead.is_granted(&case, &prosecutors);
        lead.takes_control(&case, &goods);

        let borders = ["Tajik-Uzbek border", "Uzbek-Kazakh border", "Kazakh-Kyrgyz border"];
        let awaited: Vec<String> = (1..)
            .zip(borders)
            .map(|(day, place)| lead.plans(&case, "handed_over", place, day * 24 * 60))
            .collect();
        for (at, milestone) in awaited.iter().enumerate() {
            let (releases, receives) = (&row[at], &row[at + 1]);
            assert_eq!(asks_to_start(lead, &legs[at]).status, 200);
            world.advance_minutes(24 * 60 + if at == 1 { 31 } else { 0 });
            let status = receives.get(milestone).expect(200).text("status");
            assert_eq!(status, if at == 0 { "due" } else { "overdue" }, "a late truck stays late");
            crosses(world, releases, &legs[at], "exit", STOPS[at].1, borders[at]);
            releases.hands_over(&case, &goods, receives);
            crosses(world, receives, &legs[at], "enter", STOPS[at + 1].1, borders[at]);
            releases.reports(milestone, borders[at]);
            receives.post(format!("{milestone}/confirm")).expect(200);
            lead.post(format!("{}/complete", legs[at])).expect(200);
            let held = receives.get(case.at("/control")).expect(200);
            let holder = &held.json["consignments"][0]["in_control"]["agency_id"];
            assert_eq!(*holder, receives.agency.as_str(), "{held}");
        }
        row[3].tells(&case, "arrived", "Bishkek", &world.minutes_from_now(-1));
        let confirmed = row[2].get(case.at("/milestones?status=confirmed")).expect(200);
        assert_eq!(confirmed.items().len(), 3);

        let reason = json!({"to": "suspended", "reason": "The recipient did not come"});
        asks(&row[1], &case, reason.clone()).expect_code(403, "forbidden");
        lead.moves(&case, reason);
        lead.moves(&case, json!({"to": "active", "reason": "He came a day later"}));
        lead.moves(&case, json!({"to": "concluded", "outcome": "delivered_no_arrest"}));
        let open = asks(lead, &case, json!({"to": "closed"})).expect_code(409, "invariant-25-not-closable");
        assert_eq!(open.json["missing"].as_array().unwrap().len(), 5, "in control, and four reports: {open}");
        let end = json!({"reason": "delivered_and_seized", "occurred_at": world.minutes_from_now(0), "place": "Bishkek"});
        row[3].post(case.at(format!("/consignments/{goods}/end-control"))).json(end).expect(200);
        for state in &row {
            state.post(case.at("/reports")).json(json!({"summary": "Handed on at the border"})).expect(201);
        }
        assert_eq!(lead.moves(&case, json!({"to": "closed"})).text("status"), "closed");
    }
}
