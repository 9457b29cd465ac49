//! One of everything: a case with whatever the contract lets a case hold, so that every path can be filled in.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use passage::access::Role;
use serde_json::json;
use uuid::Uuid;

use super::actor::Actor;
use super::builders::Case;
use super::directory::Directory;
use super::house::House;
use super::machine::Machine;
use super::passkey::PasskeyDevice;
use super::world::World;

/// A case led by one agency with another as partner, and one of everything in it.
pub struct Estate {
    /// The case.
    pub case: Case,
    /// Who leads it.
    pub lead: Actor,
    /// Who takes part.
    pub partner: Actor,
    /// An id for each name that a path may have in braces.
    pub ids: BTreeMap<&'static str, String>,
}

impl Estate {
    /// Opens a case of `lead` with `partner`, and fills it.
    #[track_caller]
    pub fn new(world: &World, lead: House, partner: House) -> Self {
        let admin = world.agency(lead).admin;
        let assigned = world.another_officer(lead, Role::CaseOfficer);
        let provider = admin.connects_provider(&json!({})).id();
        let token = Directory::waiting(world, lead, &provider, &json!({})).path;
        let house = lead;
        let country = lead.country().expect("a country leads");
        let (lead, partner) = (world.speaker(lead), world.speaker(partner));
        let case = lead.opens_case().create();
        lead.invites(&case, &partner, "partner");
        partner.accepts(&case);
        lead.assigns(&case, &assigned);
        let mut ids = BTreeMap::from([
            ("case_id", case.id.clone()),
            ("agency_id", partner.agency.clone()),
            ("user_id", assigned.id.clone()),
            ("code", country.to_owned()),
            ("provisioning_token_id", token.rsplit('/').next().unwrap().to_owned()),
            ("provider_id", provider),
        ]);
        fill(world, (&case, house), &lead, &partner, &mut ids);
        Self { case, lead, partner, ids }
    }

    /// `template` with the ids of this estate, and what `others` says in the place of any of them.
    ///
    /// # Panics
    /// When the estate has nothing for a name in braces: then it is to be taught.
    #[track_caller]
    pub fn path(&self, template: &str, others: impl Fn(&str) -> Option<String>) -> String {
        let parts = template.split('/').map(|part| {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                return part.to_owned();
            };
            // What an agency keeps for itself is the lead's.
            if name == "agency_id" && template.contains("{provider_id}") {
                return others(name).unwrap_or_else(|| self.lead.agency.clone());
            }
            others(name).unwrap_or_else(|| {
                let known = self.ids.get(name);
                known.unwrap_or_else(|| panic!("an estate has no {name} for {template}")).clone()
            })
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

/// An id that stands for nothing, another one each time: of the form of those that the server makes.
pub fn unknown_id() -> String {
    static GIVEN: AtomicU64 = AtomicU64::new(1);
    let number = GIVEN.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)).to_string()
}

#[track_caller]
fn fill(
    world: &World,
    (case, house): (&Case, House),
    lead: &Actor,
    partner: &Actor,
    ids: &mut BTreeMap<&'static str, String>,
) {
    let consignment = lead.get(case.at("/consignments")).expect(200).items()[0].clone();
    let text = |pointer: &str| consignment.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    ids.insert("consignment_id", text("/id"));
    ids.insert("identifier_id", text("/identifiers/0/id"));
    let machine = Machine::new(world, house, &["case_officer"], &["cases.read"]);
    let account = lead.get(&machine.path).expect(200);
    ids.insert("machine_account_id", machine.id);
    ids.insert("key_id", account.text("/keys/0/id"));
    let sessions = lead.get("/auth/sessions").expect(200);
    ids.insert("session_id", sessions.items()[0]["id"].as_str().unwrap().to_owned());
    ids.insert("passkey_id", PasskeyDevice::of(partner).id);
    let knows =
        |path: &str| world.contract().operation("POST", &format!("/api/v1{path}")).is_some();
    if knows(&case.at("/milestones")) {
        let planned = json!({"kind": "departed", "expected_at": world.minutes_from_now(60)});
        let milestone = lead.post(case.at("/milestones")).json(planned).expect(201);
        ids.insert("milestone_id", milestone.id());
    }
    if knows("/deconfliction/watches") {
        // What the case holds already: whoever watches for it meets the case.
        let watch = json!({"kind": "container", "value": "CSQU3054383"});
        ids.insert("watch_id", lead.post("/deconfliction/watches").json(watch).expect(201).id());
        let hits = lead.get("/deconfliction/hits").expect(200);
        ids.insert("hit_id", hits.items()[0]["id"].as_str().unwrap().to_owned());
    }
    let country = format!("/countries/{}", ids["code"]);
    if lead.get(&country).expect(200).json["version"] == 0 {
        lead.put(&country).if_match("\"0\"").json(country_profile()).expect(200);
    }
    if knows("/deconfliction/watches") {
        world.watches();
        let alerts = lead.get("/alerts").expect(200);
        ids.insert("alert_id", alerts.items()[0]["id"].as_str().unwrap().to_owned());
    }
    if knows(&case.at("/reports")) {
        let report = json!({"summary": "Followed to the warehouse", "arrests": 2});
        ids.insert("state_report_id", lead.post(case.at("/reports")).json(report).expect(201).id());
    }
    if knows(&case.at("/messages")) {
        let message = json!({
            "kind": "information", "to": [&partner.agency], "text": "The lorry has left Osh",
            "handling_codes": ["H0"],
        });
        ids.insert("message_id", lead.post(case.at("/messages")).json(message).expect(201).id());
    }
    if knows(&case.at("/handovers")) {
        let consignment = &ids["consignment_id"];
        lead.takes_control(case, consignment);
        let proposal = world.proposal(consignment, partner);
        let made = lead.post(case.at("/handovers")).json(proposal).expect(201);
        ids.insert("handover_id", made.id());
    }
    if knows(&case.at("/legs")) {
        let made = lead.post(case.at("/legs")).json(world.leg(0)).expect(201);
        ids.insert("leg_id", made.id());
        let entered = json!({
            "direction": "enter", "country": "KZ", "occurred_at": world.minutes_from_now(0), "place": "Korday",
        });
        let path = case.at(format!("/legs/{}/report-crossing", made.id()));
        ids.insert("crossing_id", lead.post(path).json(entered).expect(201).id());
    }
    if knows(&case.at("/authorisations")) {
        let request = world.request_to(House::KzProsecutor);
        let made = lead.post(case.at("/authorisations")).json(request).expect(201);
        ids.insert("authorisation_id", made.id());
    }
    if knows(&case.at("/evidence")) {
        let evidence =
            lead.post(case.at("/evidence")).json(evidence(&[&partner.agency])).expect(201);
        ids.insert("evidence_id", evidence.id());
        let offer =
            json!({"to_agency_id": partner.agency, "place": "Korday", "purpose": "laboratory"});
        let transfers = case.at(format!("/evidence/{}/transfers", evidence.id()));
        ids.insert("transfer_id", lead.post(transfers).json(offer).expect(201).id());
    }
}

/// An evidence reference as it is usually described.
pub fn evidence(audience: &[&str]) -> serde_json::Value {
    json!({
        "title": "Sample from brick 7",
        "kind": "sample",
        "storage_place": "Store room 3, Bishkek",
        "seal": "KG-4712",
        "handling_codes": ["H0"],
        "audience": audience,
    })
}

/// A country's profile with nothing but what it must have.
pub fn country_profile() -> serde_json::Value {
    json!({
        "permitted": [{"kind": "narcotic", "modalities": ["live"]}],
        "substitution_allowed": false,
        "languages": ["ky", "ru"],
        "legal_basis": "An article of the law on operational activity",
        "source": "Answer to a questionnaire",
        "reviewed_on": "2026-02-01",
    })
}
