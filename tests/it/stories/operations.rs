//! Operations that their agencies have made public, carried through the server.
//!
//! What happened is from the UNODC Regional Office for Central Asia ("Second phase of controlled delivery exercise",
//! "One more drug channel was terminated with CARICC's support"). Officers, vehicles, times within a day, the year
//! of the second and everything else that these do not say are invented. The agencies of the stories stand for those that
//! took part.

use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, Stop, World, both, consignment, evidence};

fn settle(actor: &Actor, item: &str, disposition: &str) {
    assert_eq!(actor.disposes(item, disposition).status, 200);
}

/// Asks for a move of the case, whatever becomes of it.
fn asks(actor: &Actor, case: &Case, to: Value) -> Reply {
    let etag = actor.get(&case.path).expect(200).etag();
    actor.post(case.at("/transitions")).if_match(etag).json(to).send()
}

/// What a refusal says is missing, in alphabetical order.
fn missing(refused: &Reply) -> Vec<&str> {
    let missing = refused.json["missing"].as_array().unwrap();
    let mut reasons: Vec<&str> = missing.iter().map(|it| it["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    reasons
}

/// A border and a city in Azerbaijan, and the far side of the Caspian Sea.
const CASPIAN: [Stop; 3] = [
    ("Border of Iran and Azerbaijan", "AZ", "Asia/Baku"),
    ("Baku, ferry port", "AZ", "Asia/Baku"),
    ("Aktau, sea port", "KZ", "Asia/Aqtau"),
];
/// From the Kyrgyz Republic to the Altai region.
const ALTAI: [Stop; 3] = [
    ("Bishkek", "KG", "Asia/Bishkek"),
    ("Almaty", "KZ", "Asia/Almaty"),
    ("Rubtsovsk", "RU", "Asia/Barnaul"),
];
/// Four countries in a row.
const IN_A_ROW: [Stop; 4] = [
    ("Dushanbe", "TJ", "Asia/Dushanbe"),
    ("Tashkent", "UZ", "Asia/Tashkent"),
    ("Shymkent", "KZ", "Asia/Almaty"),
    ("Bishkek", "KG", "Asia/Bishkek"),
];

fn starts(world: &World, lead: &Actor, leg: &str, days: i64) {
    lead.post(format!("{leg}/start")).expect(200);
    world.advance_minutes(days * 24 * 60);
}

fn asks_to_start(lead: &Actor, leg: &str) -> Reply {
    lead.post(format!("{leg}/start")).send()
}

both! {
    /// August 2009: an exercise on a real commercial truck from the border of Iran and Azerbaijan over Baku and the Caspian
    /// Sea to Aktau, in five days, devised and coordinated by the regional centre; closed in two steps.
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
        let package = json!({"value": "1", "unit": "package"});
        let load = json!({
            "kind": "other", "substance": "exercise load", "quantity": package, "measured": "measured",
            "modality": "substituted", "identifiers": [{"kind": "vehicle_plate", "value": "10-AB-123"}],
        });
        let goods = hasan.post(case.at("/consignments")).json(load).expect(201).id();
        let legs = hasan.plans_route(&case, &CASPIAN, &["road", "sea"]);
        for house in [House::AzProsecutor, House::KzProsecutor] {
            let path = hasan.asks(&case, house);
            let mut grant = world.grant();
            grant["permitted_modalities"] = json!(["substituted"]);
            world.authority(house).post(format!("{path}/grant")).json(grant).expect(200);
        }
        hasan.takes_control(&case, &goods);
        hasan.tells(&case, "departed", CASPIAN[0].0, &world.minutes_from_now(0));
        starts(world, &hasan, &legs[0], 1);
        hasan.post(format!("{}/complete", legs[0])).expect(200);
        starts(world, &hasan, &legs[1], 3);
        hasan.crosses(&legs[1], "exit", "AZ", CASPIAN[1].0);
        hasan.hands_all(&case, &daniyar, (&goods, &package), CASPIAN[2].0);
        daniyar.crosses(&legs[1], "enter", "KZ", CASPIAN[2].0);
        hasan.post(format!("{}/complete", legs[1])).expect(200);
        let arrived = daniyar.tells(&case, "arrived", "Aktau", &world.minutes_from_now(0)).id();
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
        assert_eq!(
            missing(&open),
            ["evidence-without-disposition", "missing-report", "missing-report", "open-control-period"]
        );
        daniyar.ends_control(&case, (&goods, &package), "Aktau");
        settle(&daniyar, &film, "retained");
        hasan.files_report(&case);
        daniyar.files_report(&case);
        asks(&nodira, &case, close.clone()).expect_code(409, "state-refused");
        assert_eq!(hasan.moves(&case, close.clone()).text("status"), "concluded", "the centre confirms");
        assert_eq!(nodira.moves(&case, close).text("status"), "closed");
    }

    /// Heroin from Kyrgyzstan through Kazakhstan into Russia: two recipients arrested in Rubtsovsk and 5.3 kg seized on
    /// 18 October, the channel halted in Astana eleven days later. Led by Kazakhstan; what Russia seized stays under its lock.
    fn heroin_to_altai(world) {
        let (daniyar, aida) = (world.speaker(House::Kz), world.speaker(House::Kg));
        let (kirill, nodira) = (world.speaker(House::Ru), world.speaker(House::Centre));
        let case = daniyar.recorded_case(House::Kz, "Rubtsovsk", CaseStatus::Active);
        for partner in [&aida, &kirill] {
            daniyar.admits(&case, partner, "partner");
        }
        daniyar.admits(&case, &nodira, "coordinator");
        let quantity = json!({"value": "5.3", "unit": "kg"});
        let heroin = json!({
            "kind": "narcotic", "substance": "heroin", "quantity": quantity, "measured": "measured", "modality": "live",
        });
        let goods = daniyar.post(case.at("/consignments")).json(heroin).expect(201).id();
        let load = (goods.as_str(), &quantity);
        let shown = kirill.get(case.at("/consignments")).expect(200);
        assert_eq!(shown.items()[0]["quantity"], quantity);
        let legs = daniyar.plans_route(&case, &ALTAI, &["road", "road"]);
        let prosecutors = [House::KgProsecutor, House::KzProsecutor, House::RuProsecutor];
        daniyar.is_granted(&case, &prosecutors[..2]);
        aida.tells(&case, "detected", "Kyrgyz Republic", &world.minutes_from_now(0));
        aida.takes_control(&case, &goods);
        starts(world, &daniyar, &legs[0], 1);
        aida.crosses(&legs[0], "exit", "KG", "Korday");
        aida.hands_all(&case, &daniyar, load, "Korday");
        daniyar.crosses(&legs[0], "enter", "KZ", "Korday");
        daniyar.post(format!("{}/complete", legs[0])).expect(200);
        let refused = asks_to_start(&daniyar, &legs[1]).expect_code(409, "invariant-1-leg-not-authorised");
        assert_eq!(refused.json["missing"][0]["country"], "RU");
        daniyar.is_granted(&case, &prosecutors[2..]);
        starts(world, &daniyar, &legs[1], 2);
        daniyar.crosses(&legs[1], "exit", "KZ", "Veseloyarsk");
        daniyar.hands_all(&case, &kirill, load, "Veseloyarsk");
        kirill.crosses(&legs[1], "enter", "RU", "Veseloyarsk");
        let arrested = kirill.tells(&case, "arrested", "Rubtsovsk, two recipients", &world.minutes_from_now(0)).id();
        kirill.tells(&case, "seized", "Rubtsovsk", &world.minutes_from_now(0));
        daniyar.post(case.at(format!("/milestones/{arrested}/confirm"))).expect(200);
        kirill.post(format!("{}/complete", legs[1])).expect(403);
        daniyar.post(format!("{}/complete", legs[1])).expect(200);

        let mut seized = evidence(&[]);
        seized["title"] = json!("Heroin, 5.3 kg");
        seized["kind"] = json!("physical");
        seized["handling_codes"] = json!(["H1"]);
        let seized = kirill.registers(&case, seized, &[&daniyar, &nodira]);
        aida.get(&seized).refused(404, "not-found");
        kirill.ends_control(&case, load, "Rubtsovsk");

        daniyar.moves(&case, json!({"to": "concluded", "outcome": "delivered_arrests"}));
        world.advance_minutes(11 * 24 * 60);
        daniyar.tells(&case, "intervened", "Astana, the channel is halted", &world.minutes_from_now(0));
        asks(&daniyar, &case, json!({"to": "closed"})).expect_code(409, "invariant-25-not-closable");
        aida.files_report(&case);
        daniyar.files_report(&case);
        kirill.files_report(&case);
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
        let legs = lead.plans_route(&case, &IN_A_ROW, &["road"; 3]);
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
            releases.crosses(&legs[at], "exit", IN_A_ROW[at].1, borders[at]);
            let handover = releases.hands_over(&case, &goods, receives);
            assert_eq!(receives.get(handover).expect(200).json["flags"], json!([]));
            receives.crosses(&legs[at], "enter", IN_A_ROW[at + 1].1, borders[at]);
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
            state.files_report(&case);
        }
        assert_eq!(lead.moves(&case, json!({"to": "closed"})).text("status"), "closed");
    }
}
