//! Several operations at the same time, with members in common: what one may not see of them is nowhere.
//!
//! What happened is from CARICC's de-briefing of 20 July 2022. Officers, times and everything else that it does not say
//! are invented; the agencies of the story stand for those that took part.

use std::collections::BTreeSet;

use passage::access::Role;
use passage::cases::case::model::CaseStatus;
use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, Reply, World, both, evidence, unknown_id};

both! {
    /// 2020 to 2022: seven short operations on the initiative of the Kazakh side, coordinated by the centre, with many
    /// members in common and partners from afar. They run at the same time, and one agency takes part in one of them alone.
    fn seven_at_once(world) {
        let lead = world.speaker(House::Kz);
        let nodira = world.speaker(House::Centre);
        let pool = [House::Kg, House::Uz, House::Tj, House::Ru].map(|house| world.speaker(house));
        let substances = ["heroin", "mephedrone", "MDMA", "cannabis", "heroin", "MDMA", "mephedrone"];
        let works: Vec<Work> = substances
            .iter()
            .enumerate()
            .map(|(at, substance)| {
                let partners = [pool[at % 4].clone(), pool[(at + 1) % 4].clone()];
                Work::open(&lead, &nodira, partners, &format!("Parcel {at} {substance}"))
            })
            .collect();
        let guest = world.speaker(House::Ge);
        lead.admits(&works[6].case, &guest, "partner");

        std::thread::scope(|scope| {
            for work in &works {
                scope.spawn(move || work.moves_on(world));
            }
        });
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
    case: Case,
    code_name: String,
    milestone: String,
    item: String,
    transfer: String,
    consignment: String,
}

impl Work {
    fn open(lead: &Actor, centre: &Actor, partners: [Actor; 2], code_name: &str) -> Self {
        let case = lead.recorded_case(House::Kz, code_name, CaseStatus::Active);
        for partner in &partners {
            lead.admits(&case, partner, "partner");
        }
        lead.admits(&case, centre, "coordinator");
        let parcel = json!({
            "kind": "narcotic", "quantity": {"value": "105.7", "unit": "kg"}, "measured": "estimated",
            "modality": "live", "identifiers": [{"kind": "postal_item", "value": "RB123456785KZ"}],
        });
        let consignment = lead.post(case.at("/consignments")).json(parcel).expect(201).id();
        let item = lead.registers(&case, evidence(&[]), &[&partners[0]]);
        Self {
            lead: lead.clone(),
            milestone: lead.plans(&case, "delivered", "Almaty", 60),
            transfer: lead.offers(&item, &partners[0], "Almaty"),
            consignment: case.at(format!("/consignments/{consignment}")),
            item,
            partners,
            case,
            code_name: code_name.to_owned(),
        }
    }

    /// Goes on beside the others: reports, a verdict, an accepted transfer.
    fn moves_on(&self, world: &World) {
        let [first, second] = &self.partners;
        let at = world.minutes_from_now(0);
        for kind in ["departed", "checkpoint", "arrived"] {
            let told = json!({"kind": kind, "occurred_at": at});
            second.post(self.case.at("/milestones")).json(told).beside_others().expect(201);
        }
        let report = json!({"occurred_at": at, "place": "Almaty"});
        second.post(format!("{}/report", self.milestone)).json(report).beside_others().expect(200);
        first.post(format!("{}/confirm", self.milestone)).beside_others().expect(200);
        first.post(format!("{}/accept", self.transfer)).beside_others().expect(200);
    }

    /// How many of this case `actor` may see: itself, or nothing.
    fn case_of(&self, actor: &Actor) -> usize {
        usize::from(actor.get(&self.case.path).send().status == 200)
    }

    /// Every way into this case answers `spy` as if there were no such case; and its parts are not to be had through the
    /// door of `own`, a case that `spy` may see.
    fn is_hidden_from(&self, spy: &Actor, own: Option<&Self>) {
        let missing = unknown_id();
        let member = self.case.at(format!("/members/{}", self.lead.agency));
        let assignment = self.case.at(format!("/assignments/{}", self.lead.id));
        let reports = format!("{}/reports", self.milestone);
        let (custody, transfers) =
            (format!("{}/custody", self.item), format!("{}/transfers", self.item));
        let lists = [
            "",
            "/members",
            "/assignments",
            "/consignments",
            "/milestones",
            "/evidence",
            "/journal",
        ];
        let mut reads: Vec<String> = lists.map(|tail| self.case.at(tail)).to_vec();
        reads.extend([
            member,
            assignment,
            self.consignment.clone(),
            self.milestone.clone(),
            reports,
            self.item.clone(),
            custody,
            transfers,
            self.transfer.clone(),
        ]);
        for path in &reads {
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
        let (report, confirm) =
            (format!("{}/report", self.milestone), format!("{}/confirm", self.milestone));
        let (verify, accept) =
            (format!("{}/verify", self.item), format!("{}/accept", self.transfer));
        let own_membership = self.case.at(format!("/members/{}", spy.agency));
        let (join, leave) = (format!("{own_membership}/accept"), format!("{own_membership}/leave"));
        let tails = [
            "/members",
            "/assignments",
            "/consignments",
            "/milestones",
            "/evidence",
            "/transitions",
            "/consultations",
        ];
        let mut writes: Vec<String> = tails.map(|tail| self.case.at(tail)).to_vec();
        writes.extend([report, confirm, verify, accept, join, leave]);
        for path in &writes {
            for body in
                [json!({}), json!({"kind": "departed", "occurred_at": "2021-05-01T00:00:00Z"})]
            {
                spy.post(path).json(body).refused(404, "not-found");
            }
        }
    }
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
