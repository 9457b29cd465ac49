//! Sentences in which stories are told: who opens which case, who is invited, what is recorded.

use passage::access::Role;
use serde_json::{Value, json};

use super::actor::Actor;
use super::client::Reply;
use super::house::House;
use super::world::World;

/// A case that was opened through the API.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// What officers call it by on the phone.
    pub reference: String,
    /// Its path, below `/api/v1`.
    pub path: String,
}

impl Case {
    pub(super) fn of(reply: &Reply) -> Self {
        let id = reply.id();
        Self { path: format!("/cases/{id}"), reference: reply.text("reference"), id }
    }

    /// A path below the case: `case.at("/members")`.
    pub fn at(&self, tail: impl AsRef<str>) -> String {
        format!("{}{}", self.path, tail.as_ref())
    }
}

/// A case that is being opened.
pub struct OpensCase {
    actor: Actor,
    body: Value,
}

impl OpensCase {
    /// What would be sent.
    pub fn body(self) -> Value {
        self.body
    }

    /// With a code name.
    #[must_use]
    pub fn code_name(self, name: &str) -> Self {
        self.with("code_name", name)
    }

    /// Visible to assigned officers only.
    #[must_use]
    pub fn restricted(self) -> Self {
        self.with("restricted", true)
    }

    /// With any field.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.body[field] = value.into();
        self
    }

    /// Opens it.
    #[must_use]
    #[track_caller]
    pub fn create(self) -> Case {
        Case::of(&self.actor.post("/cases").json(self.body).expect(201))
    }
}

/// A consignment as it is usually described.
pub fn consignment() -> Value {
    json!({
        "kind": "narcotic",
        "substance": "heroin",
        "quantity": {"value": "10.6", "unit": "kg"},
        "measured": "estimated",
        "modality": "live",
        "packaging": "20 bricks",
        "seals": ["KG-4711"],
        "identifiers": [{"kind": "container", "value": "CSQU3054383"}],
    })
}

/// What a receiver states who got what was given.
pub fn acceptance() -> Value {
    json!({"quantity": {"value": "10.6", "unit": "kg"}, "condition": "Dry, tape untouched", "seals": ["kg-4711"]})
}

/// The places of a road from Osh by Almaty to Baku, each with its country and zone.
const ROAD: [(&str, &str, &str); 4] = [
    ("Osh", "KG", "Asia/Bishkek"),
    ("Korday", "KZ", "Asia/Almaty"),
    ("Aktau", "KZ", "Asia/Aqtau"),
    ("Baku", "AZ", "Asia/Baku"),
];

impl World {
    /// The leg of a road from Osh to Baku that begins at its `at`th place; each takes an hour, the first one begins in an
    /// hour.
    pub fn leg(&self, at: usize) -> Value {
        let end = |at: usize| {
            let (place, country, time_zone) = ROAD[at];
            json!({"place": place, "country": country, "time_zone": time_zone})
        };
        let hours = i64::try_from(at).unwrap();
        json!({
            "from": end(at), "to": end(at + 1), "mode": "road",
            "exit_point": "Ak-Jol", "entry_point": ROAD[at + 1].0,
            "planned_departure": self.minutes_from_now(60 * (hours + 1)),
            "planned_arrival": self.minutes_from_now(60 * (hours + 2)),
        })
    }
}

impl World {
    /// The authority of an agency that holds authority for its country.
    #[track_caller]
    pub fn authority(&self, house: House) -> Actor {
        let agency = self.agency(house);
        let path = format!("/agencies/{}", agency.id);
        if self.system_admin().get(&path).expect(200).json["authority"] != "held" {
            let marked = self.system_admin().post(format!("{path}/authority")).expect(200);
            if marked.json["authority"] == "proposed" {
                let first = if house.country() == Some("KG") { House::Kg } else { House::Kz };
                self.speaker(first).post(format!("{path}/authority/confirm")).expect(200);
            }
        }
        self.officer(house, Role::Authority)
    }

    /// A request to the country of `house`, as it is usually written.
    pub fn request_to(&self, house: House) -> Value {
        json!({
            "country": house.country(), "authority_agency_id": self.authority(house).agency,
            "legal_basis": "UNTOC article 20", "offence": "Smuggling of narcotic drugs",
            "facts": "A lorry with heroin among dried fruit leaves Osh for Baku.",
            "asks": ["exit", "transit", "enter", "deliver"], "modalities": ["live"],
            "window": {"from": self.minutes_from_now(0), "until": self.minutes_from_now(6000)},
            "intervention_criteria": "Contact is lost for an hour.",
            "assurances": {"seizure": "In Baku at the latest"},
            "decision_needed_by": self.minutes_from_now(300),
        })
    }

    /// A handover of the consignment to the agency of `receiver` within two hours.
    pub fn proposal(&self, consignment: &str, receiver: &Actor) -> Value {
        json!({
            "consignment_id": consignment, "to_agency_id": receiver.agency, "place": "Korday, lane 4",
            "window": {"from": self.minutes_from_now(0), "until": self.minutes_from_now(120)},
            "seals": ["KG-4711"],
        })
    }

    /// A grant that counts from now on for a hundred hours, as it is usually written.
    pub fn grant(&self) -> Value {
        json!({
            "permitted_modalities": ["live"], "valid_from": self.minutes_from_now(0),
            "valid_until": self.minutes_from_now(6000), "conditions": "Followed at all times",
        })
    }

    /// The same grant as somebody said it a minute ago, to be confirmed within two hours.
    pub fn oral_grant(&self) -> Value {
        let mut grant = self.grant();
        grant["person"] = json!("The prosecutor on duty");
        grant["office"] = json!("Prosecutor General, Astana");
        grant["spoken_at"] = json!(self.minutes_from_now(-1));
        grant["channel"] = json!("phone");
        grant["confirm_by"] = json!(self.minutes_from_now(120));
        grant
    }
}

impl Actor {
    /// Takes control of the consignment, just now.
    #[track_caller]
    pub fn takes_control(&self, case: &Case, consignment: &str) -> Reply {
        let body = json!({"occurred_at": self.world().minutes_from_now(0), "place": "Osh"});
        let path = case.at(format!("/consignments/{consignment}/take-control"));
        self.post(path).json(body).expect(200)
    }

    /// Hands the consignment over to `receiver`, from the proposal to the acceptance, and gives the handover's path.
    #[track_caller]
    pub fn hands_over(&self, case: &Case, consignment: &str, receiver: &Self) -> String {
        let proposal = self.world().proposal(consignment, receiver);
        let made = self.post(case.at("/handovers")).json(proposal).expect(201);
        let path = case.at(format!("/handovers/{}", made.id()));
        receiver.post(format!("{path}/agree")).expect(200);
        self.post(format!("{path}/offer")).expect(200);
        receiver.post(format!("{path}/accept")).json(acceptance()).expect(200);
        path
    }

    /// Drafts a request to the country of `house`, submits it, has it acknowledged, and gives its path.
    #[track_caller]
    pub fn asks(&self, case: &Case, house: House) -> String {
        let request = self.world().request_to(house);
        let made = self.post(case.at("/authorisations")).json(request).expect(201);
        let path = case.at(format!("/authorisations/{}", made.id()));
        self.post(format!("{path}/submit")).expect(200);
        self.world().speaker(house).post(format!("{path}/acknowledge")).expect(200);
        path
    }

    /// Asks the country of each house, which grants it, and gives the paths of the requests.
    #[track_caller]
    pub fn is_granted(&self, case: &Case, houses: &[House]) -> Vec<String> {
        let grant = |house: &House| {
            let path = self.asks(case, *house);
            let authority = self.world().authority(*house);
            authority.post(format!("{path}/grant")).json(self.world().grant()).expect(200);
            path
        };
        houses.iter().map(grant).collect()
    }

    /// Begins to open a case, with what every case needs.
    pub fn opens_case(&self) -> OpensCase {
        let body = json!({
            "code_name": "Silk",
            "summary": "Heroin in a container of dried fruit, from Osh to Baku",
            "priority": "urgent",
            "handling_codes": ["H0"],
            "modality": "live",
            "consignments": [consignment()],
        });
        OpensCase { actor: self.clone(), body }
    }

    /// Invites the agency of `guest` into the case as `role`.
    #[track_caller]
    pub fn invites(&self, case: &Case, guest: &Self, role: &str) -> Reply {
        self.post(case.at("/members"))
            .json(json!({"agency_id": guest.agency, "role": role}))
            .expect(201)
    }

    /// Invites the agency of `guest` into the case as `role`, which accepts.
    #[track_caller]
    pub fn admits(&self, case: &Case, guest: &Self, role: &str) {
        self.invites(case, guest, role);
        guest.accepts(case);
    }

    /// Accepts the invitation for the own agency.
    #[track_caller]
    pub fn accepts(&self, case: &Case) -> Reply {
        self.post(case.at(format!("/members/{}/accept", self.agency))).expect(200)
    }

    /// Declines the invitation for the own agency.
    #[track_caller]
    pub fn declines(&self, case: &Case) -> Reply {
        self.post(case.at(format!("/members/{}/decline", self.agency))).expect(200)
    }

    /// Leaves for the own agency.
    #[track_caller]
    pub fn leaves(&self, case: &Case) -> Reply {
        self.post(case.at(format!("/members/{}/leave", self.agency))).expect(200)
    }

    /// Removes the agency of `guest`.
    #[track_caller]
    pub fn removes(&self, case: &Case, guest: &Self) -> Reply {
        self.post(case.at(format!("/members/{}/remove", guest.agency)))
            .json(json!({"reason": "Not on the route any more"}))
            .expect(200)
    }

    /// Assigns an officer of the own agency.
    #[track_caller]
    pub fn assigns(&self, case: &Case, officer: &Self) -> Reply {
        self.post(case.at("/assignments")).json(json!({"user_id": officer.id})).expect(201)
    }

    /// Moves the case to another state, with what the move needs.
    #[track_caller]
    pub fn moves(&self, case: &Case, body: Value) -> Reply {
        let etag = self.get(&case.path).expect(200).etag();
        self.post(case.at("/transitions")).if_match(etag).json(body).expect(200)
    }

    /// Plans a milestone that is expected so many minutes from now, and gives its path.
    #[track_caller]
    pub fn plans(&self, case: &Case, kind: &str, place: &str, minutes: i64) -> String {
        let expected_at = self.world().minutes_from_now(minutes);
        let body = json!({"kind": kind, "expected_at": expected_at, "tolerance_minutes": 30, "place": place});
        case.at(format!(
            "/milestones/{}",
            self.post(case.at("/milestones")).json(body).expect(201).id()
        ))
    }

    /// Reports what nobody planned.
    #[track_caller]
    pub fn tells(&self, case: &Case, kind: &str, place: &str, occurred_at: &str) -> Reply {
        let body = json!({"kind": kind, "occurred_at": occurred_at, "place": place});
        self.post(case.at("/milestones")).json(body).expect(201)
    }

    /// Reports that the milestone at `path` happened just now.
    #[track_caller]
    pub fn reports(&self, path: &str, place: &str) -> Reply {
        let body = json!({"occurred_at": self.world().minutes_from_now(0), "place": place});
        self.post(format!("{path}/report")).json(body).expect(200)
    }

    /// Reports that the goods crossed a border just now, on the leg at `path`.
    #[track_caller]
    pub fn reports_crossing(
        &self,
        path: &str,
        direction: &str,
        country: &str,
        place: &str,
    ) -> Reply {
        let told = json!({
            "direction": direction, "country": country, "place": place,
            "occurred_at": self.world().minutes_from_now(0),
        });
        self.post(format!("{path}/report-crossing")).json(told).expect(201)
    }

    /// Registers an item that is shown to the agencies of `audience`, and gives its path.
    #[track_caller]
    pub fn registers(&self, case: &Case, item: Value, audience: &[&Self]) -> String {
        let mut item = item;
        item["audience"] = audience.iter().map(|actor| actor.agency.clone()).collect();
        let made = self.post(case.at("/evidence")).json(item).expect(201);
        case.at(format!("/evidence/{}", made.id()))
    }

    /// Offers the item at `path` to the agency of `receiver`, and gives the transfer's path.
    #[track_caller]
    pub fn offers(&self, path: &str, receiver: &Self, place: &str) -> String {
        let body =
            json!({"to_agency_id": receiver.agency, "place": place, "purpose": "Laboratory"});
        let transfers = format!("{path}/transfers");
        let made = self.post(&transfers).json(body).expect(201);
        format!("{transfers}/{}", made.id())
    }

    /// Sets to whom the item at `path` is shown.
    #[track_caller]
    pub fn shows(&self, path: &str, audience: &[&Self]) -> Reply {
        let agencies: Vec<&str> = audience.iter().map(|actor| actor.agency.as_str()).collect();
        let etag = self.get(path).expect(200).etag();
        self.put(format!("{path}/audience"))
            .if_match(etag)
            .json(json!({"agencies": agencies}))
            .send()
    }

    /// Settles what becomes of the item at `path`.
    #[track_caller]
    pub fn disposes(&self, path: &str, disposition: &str) -> Reply {
        let body = json!({"disposition": disposition, "reason": "Order of the court"});
        self.post(format!("{path}/disposition")).json(body).send()
    }
}
