//! Sentences in which stories are told: who opens which case, who is invited, what is recorded.

use serde_json::{Value, json};

use super::actor::Actor;
use super::client::Reply;

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

impl Actor {
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
