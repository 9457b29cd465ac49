//! Several operations at the same time, with members in common: what one may not see of them is nowhere.
//!
//! What happened is from CARICC's de-briefing of 20 July 2022. Officers, times and everything else that it does not say
//! are invented; the agencies of the story stand for those that took part.

use std::collections::BTreeSet;

use passage::access::Role;
use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, Stop, World, both, evidence, unknown_id};

/// Where parcels come from: who gives them, who decides there, and the place.
const ORIGINS: [(House, House, Stop); 4] = [
    (House::Kg, House::KgProsecutor, ("Bishkek", "KG", "Asia/Bishkek")),
    (House::Uz, House::UzProsecutor, ("Tashkent", "UZ", "Asia/Tashkent")),
    (House::Tj, House::TjProsecutor, ("Dushanbe", "TJ", "Asia/Dushanbe")),
    (House::Ru, House::RuProsecutor, ("Omsk", "RU", "Asia/Omsk")),
];
const ALMATY: Stop = ("Almaty", "KZ", "Asia/Almaty");
const BORDER: &str = "Border of Kazakhstan";

both! {
    /// 2020 to 2022: seven short operations on the initiative of the Kazakh side, coordinated by the centre, with many
    /// members in common and partners from afar. They run at the same time, each with a way of its own, leave of the countries
    /// on it and a handover, and one agency takes part in one of them alone.
    fn seven_at_once(world) {
        let lead = world.speaker(House::Kz);
        let nodira = world.speaker(House::Centre);
        let pool = ORIGINS.map(|(house, ..)| world.speaker(house));
        world.authority(House::KzProsecutor);
        for (_, prosecutor, _) in ORIGINS {
            world.authority(prosecutor);
        }
        let substances = ["heroin", "mephedrone", "MDMA", "cannabis", "heroin", "MDMA", "mephedrone"];
        let mut works: Vec<Work> = substances
            .iter()
            .enumerate()
            .map(|(at, substance)| {
                let partners = [pool[at % 4].clone(), pool[(at + 1) % 4].clone()];
                Work::open((&lead, &nodira), partners, at % 4, &format!("Parcel {at} {substance}"))
            })
            .collect();
        let guest = world.speaker(House::Ge);
        lead.admits(&works[6].case, &guest, "partner");

        world.at_once(|| {
            std::thread::scope(|scope| {
                for work in &mut works {
                    scope.spawn(move || work.moves_on(world));
                }
            });
        });
        for work in &works {
            work.went_through(&nodira);
        }
        let visitors = [pool.to_vec(), vec![guest, world.officer(House::Ge, Role::Auditor), world.speaker(House::Az)]].concat();
        for spy in &visitors {
            let (own, foreign): (Vec<&Work>, Vec<&Work>) =
                works.iter().partition(|work| spy.get(&work.case.path).send().status == 200);
            lists_only_its_own(spy, &own, &works);
            for work in foreign {
                work.is_hidden_from(spy, own.first().copied());
            }
        }
        let guests_own: Vec<usize> = works.iter().map(|work| work.case_of(&visitors[4])).collect();
        assert_eq!(guests_own, [0, 0, 0, 0, 0, 0, 1]);
    }
}

/// One of several operations that run at the same time, with something of each kind in it.
struct Work {
    lead: Actor,
    partners: [Actor; 2],
    origin: usize,
    case: Case,
    code_name: String,
    milestone: String,
    item: String,
    transfer: String,
    goods: String,
    leg: String,
    crossing: String,
    requests: Vec<String>,
    handover: String,
}

impl Work {
    fn open(
        (lead, centre): (&Actor, &Actor),
        partners: [Actor; 2],
        origin: usize,
        code_name: &str,
    ) -> Self {
        let case = lead.recorded_case(House::Kz, code_name, CaseStatus::Active);
        for partner in &partners {
            lead.admits(&case, partner, "partner");
        }
        lead.admits(&case, centre, "coordinator");
        let parcel = json!({
            "kind": "narcotic", "quantity": quantity(), "measured": "estimated",
            "modality": "live", "identifiers": [{"kind": "postal_item", "value": "RB123456785KZ"}],
        });
        let goods = lead.post(case.at("/consignments")).json(parcel).expect(201).id();
        let item = lead.registers(&case, evidence(&[]), &[&partners[0]]);
        Self {
            lead: lead.clone(),
            milestone: lead.plans(&case, "delivered", "Almaty", 60),
            transfer: lead.offers(&item, &partners[0], "Almaty"),
            leg: lead.plans_route(&case, &[ORIGINS[origin].2, ALMATY], &["road"]).remove(0),
            goods,
            item,
            partners,
            origin,
            case,
            code_name: code_name.to_owned(),
            crossing: String::new(),
            requests: Vec::new(),
            handover: String::new(),
        }
    }

    /// Goes on beside the others: leave of both countries, the way with a handover at the border, reports, a verdict, an
    /// accepted transfer.
    fn moves_on(&mut self, world: &World) {
        let Self { lead, partners: [first, second], case, .. } = self;
        let (_, prosecutor, (_, country, _)) = ORIGINS[self.origin];
        let quantity = quantity();
        let load = (self.goods.as_str(), &quantity);
        let start = format!("{}/start", self.leg);
        lead.post(&start).refused(409, "invariant-1-leg-not-authorised");
        self.requests = lead.is_granted(case, &[prosecutor, House::KzProsecutor]);
        first.takes_control(case, &self.goods);
        lead.post(start).expect(200);
        first.crosses(&self.leg, "exit", country, BORDER);
        self.handover = first.hands_all(case, lead, load, BORDER);
        self.crossing = lead.crosses(&self.leg, "enter", "KZ", BORDER);
        lead.post(format!("{}/complete", self.leg)).expect(200);
        let at = world.minutes_from_now(0);
        for kind in ["departed", "checkpoint", "arrived"] {
            second.tells(case, kind, "On the way", &at);
        }
        second.reports(&self.milestone, "Almaty");
        first.post(format!("{}/confirm", self.milestone)).expect(200);
        first.post(format!("{}/accept", self.transfer)).expect(200);
        lead.ends_control(case, load, "Almaty");
    }

    /// It went its whole way by itself, as the centre sees it.
    fn went_through(&self, centre: &Actor) {
        let status = |path: &str| centre.get(path).expect(200).text("status");
        assert_eq!(status(&self.leg), "completed");
        assert_eq!(status(&self.handover), "accepted");
        let requests: Vec<String> = self.requests.iter().map(|path| status(path)).collect();
        assert_eq!(requests, ["granted", "granted"]);
        let control = centre.get(self.case.at("/control")).expect(200);
        let goods = &control.json["consignments"][0];
        let periods = goods["periods"].as_array().unwrap();
        let by: Vec<&str> = periods.iter().map(|it| it["agency_id"].as_str().unwrap()).collect();
        assert_eq!(by, [&self.partners[0].agency, &self.lead.agency], "{control}");
        assert_eq!(periods[0]["ended_at"], periods[1]["begun_at"], "{control}");
        assert_eq!(
            (&goods["in_control"], &periods[1]["ended_how"]),
            (&Value::Null, &json!("delivered_and_seized"))
        );
        for (list, count) in
            [("/legs", 1), ("/handovers", 1), ("/authorisations", 2), ("/consignments", 1)]
        {
            assert_eq!(centre.get(self.case.at(list)).expect(200).items().len(), count, "{list}");
        }
    }

    /// How many of this case `actor` may see: itself, or nothing.
    fn case_of(&self, actor: &Actor) -> usize {
        usize::from(actor.get(&self.case.path).send().status == 200)
    }

    /// Every path of this case that is read.
    fn reads(&self) -> Vec<String> {
        let goods = self.case.at(format!("/consignments/{}", self.goods));
        let lists = [
            "",
            "/members",
            "/assignments",
            "/consignments",
            "/milestones",
            "/evidence",
            "/journal",
            "/legs",
            "/authorisations",
            "/handovers",
            "/control",
            "/route-check",
            "/readiness",
            "/reports",
        ];
        let mut reads: Vec<String> = lists.map(|tail| self.case.at(tail)).to_vec();
        reads.extend([
            self.case.at(format!("/members/{}", self.lead.agency)),
            self.case.at(format!("/assignments/{}", self.lead.id)),
            format!("{goods}/balance"),
            goods,
            self.leg.clone(),
            format!("{}/plans", self.leg),
            format!("{}/crossings", self.leg),
            self.crossing.clone(),
            self.handover.clone(),
            self.milestone.clone(),
            format!("{}/reports", self.milestone),
            self.item.clone(),
            format!("{}/custody", self.item),
            format!("{}/transfers", self.item),
            self.transfer.clone(),
        ]);
        for request in &self.requests {
            let below = ["", "/grants", "/questions", "/dossier"];
            reads.extend(below.map(|tail| format!("{request}{tail}")));
        }
        reads
    }

    /// Every path of this case that is written to, where `spy` is who tries.
    fn writes(&self, spy: &Actor) -> Vec<String> {
        let tails = [
            "/members",
            "/assignments",
            "/consignments",
            "/milestones",
            "/evidence",
            "/transitions",
            "/consultations",
            "/legs",
            "/authorisations",
            "/handovers",
            "/handovers/emergency-takeover",
            "/reports",
        ];
        let mut writes: Vec<String> = tails.map(|tail| self.case.at(tail)).to_vec();
        let mut below = |path: &str, verbs: &[&str]| {
            writes.extend(verbs.iter().map(|verb| format!("{path}/{verb}")));
        };
        below(&self.milestone, &["report", "confirm"]);
        below(&self.item, &["verify"]);
        below(&self.transfer, &["accept"]);
        below(&self.case.at(format!("/members/{}", spy.agency)), &["accept", "leave"]);
        let goods = self.case.at(format!("/consignments/{}", self.goods));
        below(&goods, &["take-control", "end-control", "report-loss", "report-quantity"]);
        below(&self.leg, &["start", "complete", "divert", "resume", "report-crossing"]);
        below(&self.handover, &["agree", "offer", "accept", "refuse", "cancel"]);
        for request in &self.requests {
            below(request, &["submit", "acknowledge", "grant", "refuse", "revoke"]);
        }
        writes
    }

    /// Every way into this case answers `spy` as if there were no such case; and its parts are not to be had through the
    /// door of `own`, a case that `spy` may see.
    fn is_hidden_from(&self, spy: &Actor, own: Option<&Self>) {
        let missing = unknown_id();
        for path in &self.reads() {
            let hidden = spy.get(path).refused(404, "not-found");
            let nowhere = path.replace(&self.case.id, &missing);
            let nothing = spy.get(nowhere).refused(404, "not-found");
            assert_eq!(without_path(&hidden), without_path(&nothing), "{path}");
            if let (Some(own), true) = (own, path.matches('/').count() > 3) {
                let crossed = path.replace(&self.case.id, &own.case.id);
                let told_apart = crossed.contains("/members/") || crossed.contains("/assignments/");
                assert!(told_apart || spy.get(&crossed).send().status == 404, "{crossed}");
            }
        }
        for path in &self.writes(spy) {
            for body in
                [json!({}), json!({"kind": "departed", "occurred_at": "2021-05-01T00:00:00Z"})]
            {
                spy.post(path).json(body).refused(404, "not-found");
            }
        }
    }
}

fn quantity() -> Value {
    json!({"value": "105.7", "unit": "kg"})
}

/// The answer without what names the path, and without what each request has of its own.
fn without_path(reply: &Reply) -> (Value, Vec<String>) {
    let mut body = reply.json.clone();
    body.as_object_mut().unwrap().remove("instance");
    (body, reply.headers.keys().map(ToString::to_string).collect())
}

/// Whatever `spy` asks lists for, none tells of a case that is not its own.
fn lists_only_its_own(spy: &Actor, own: &[&Work], works: &[Work]) {
    let allowed: BTreeSet<&str> = own.iter().map(|work| work.case.id.as_str()).collect();
    let listed = |query: &str| -> BTreeSet<String> {
        let cases = spy.get(format!("/cases?{query}")).expect(200);
        assert!(cases.items().len() <= allowed.len(), "{} with {query}", spy.email);
        cases.items().iter().map(|case| case["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = |found: BTreeSet<String>| {
        assert!(found.iter().map(String::as_str).eq(allowed.iter().copied()));
    };
    all(listed("limit=200"));
    all(listed("status=active"));
    all(listed("country=KZ"));
    all(listed("q=Parcel"));
    all(listed("updated_since=2020-01-01T00:00:00Z"));
    all(listed(&format!("member={}", works[0].lead.agency)));
    assert!(listed("status=closed").is_empty());
    for work in works {
        let name = work.code_name.replace(' ', "%20");
        let count = usize::from(allowed.contains(work.case.id.as_str()));
        assert_eq!(listed(&format!("q={name}")).len(), count);
        assert_eq!(listed(&format!("q={}", work.case.reference)).len(), count);
        for partner in &work.partners {
            let found = listed(&format!("member={}", partner.agency));
            assert!(found.iter().all(|id| allowed.contains(id.as_str())));
        }
    }
    let journal = spy.get("/journal?limit=200").expect(200);
    let told = String::from_utf8_lossy(&journal.body).into_owned();
    assert!(
        works.iter().all(|work| !told.contains(&work.case.id)),
        "a case stands in the agency's journal"
    );
}
