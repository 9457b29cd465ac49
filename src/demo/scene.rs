//! One case of the demonstration, and what agencies do in it.

use serde_json::{Value, json};

use crate::clock::Instant;
use crate::demo::cast::Cast;
use crate::demo::stage::Stage;
use crate::error::Result;

/// A place on the way, with its country and zone.
pub type Stop = (&'static str, &'static str, &'static str);

/// The end of a leg at `stop`.
pub fn end((place, country, time_zone): Stop) -> Value {
    json!({"place": place, "country": country, "time_zone": time_zone})
}

/// A case, on the stage.
pub struct Scene<'a> {
    /// The stage.
    pub stage: &'a Stage,
    players: &'a Cast,
    case: String,
}

/// Goods that change hands: which, on which leg, where, how much, and under which seals.
pub struct Handing<'a> {
    /// The consignment.
    pub goods: &'a str,
    /// The leg.
    pub leg: &'a str,
    /// The place.
    pub place: &'static str,
    /// All of it.
    pub quantity: Value,
    /// The seals that it bears.
    pub seals: &'static [&'static str],
}

impl<'a> Scene<'a> {
    /// The scene of a case that is there.
    pub fn of(stage: &'a Stage, players: &'a Cast, case: String) -> Self {
        Self { stage, players, case }
    }

    /// Opens a case that `lead` leads, describes its goods, and begins to plan it. Gives the goods as well.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn open(
        stage: &'a Stage,
        players: &'a Cast,
        lead: &str,
        (header, goods): (Value, Value),
    ) -> Result<(Self, String)> {
        let speaker = players.speaker(lead)?;
        let case = stage.call(Some(speaker), "create_case", &[], header).await?.id();
        let scene = Self::of(stage, players, case);
        let goods = scene.step(lead, "create_consignment", &[], goods).await?;
        scene.moves(lead, json!({"to": "planning"})).await?;
        Ok((scene, goods))
    }

    /// The case's id.
    pub fn case(&self) -> &str {
        &self.case
    }

    /// An agency's id.
    pub fn agency(&self, key: &str) -> &str {
        self.players.agency(key)
    }

    /// One step that whoever speaks for an agency takes in the case; gives the id of what it made.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn step(
        &self,
        agency: &str,
        operation: &'static str,
        below: &[(&str, &str)],
        body: Value,
    ) -> Result<String> {
        let speaker = self.players.speaker(agency)?;
        let path = self.path(below);
        Ok(self.stage.call(Some(speaker), operation, &path, body).await?.id())
    }

    fn path<'p>(&'p self, below: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
        [("case_id", self.case.as_str())].into_iter().chain(below.iter().copied()).collect()
    }

    /// The same step, changing the version that `read` shows.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn change(
        &self,
        agency: &str,
        (read, operation): (&'static str, &'static str),
        below: &[(&str, &str)],
        body: Value,
    ) -> Result<()> {
        let speaker = Some(self.players.speaker(agency)?);
        let path = self.path(below);
        let etag = self.stage.call(speaker, read, &path, Value::Null).await?.etag;
        self.stage.call_guarded(speaker, operation, &path, body, etag).await?;
        Ok(())
    }

    /// Moves the case to another state.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn moves(&self, agency: &str, to: Value) -> Result<()> {
        self.change(agency, ("get_case", "change_case_state"), &[], to).await
    }

    /// Invites agencies, which accept.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn take_part(&self, lead: &str, others: &[(&str, &str)]) -> Result<()> {
        for (agency, role) in others {
            let id = self.agency(agency);
            let invitation = json!({ "agency_id": id, "role": role });
            self.step(lead, "invite_member", &[], invitation).await?;
            self.step(agency, "accept_membership", &[("agency_id", id)], Value::Null).await?;
        }
        Ok(())
    }

    /// Asks the prosecutor of a country, who takes note.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn ask(&self, by: &str, country: &str, request: Value) -> Result<String> {
        let authority = format!("{country}-prosecutor");
        let to = json!({
            "country": country.to_uppercase(), "authority_agency_id": self.agency(&authority),
            "legal_basis": "United Nations Convention against Transnational Organized Crime, article 20",
        });
        let request = self.step(by, "create_authorisation", &[], joined(to, request)).await?;
        let path = [("authorisation_id", request.as_str())];
        self.step(by, "submit_authorisation", &path, Value::Null).await?;
        self.step(&authority, "acknowledge_authorisation", &path, Value::Null).await?;
        Ok(request)
    }

    /// The prosecutor of a country grants a request.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn grant(&self, country: &str, request: &str, grant: Value) -> Result<()> {
        let authority = self.players.officer(&format!("{country}-prosecutor"), "authority")?;
        let path = self.path(&[("authorisation_id", request)]);
        self.stage.call(Some(authority), "grant_authorisation", &path, grant).await?;
        Ok(())
    }

    /// Takes control of the goods, now.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn take_control(&self, agency: &str, goods: &str, place: &str) -> Result<()> {
        let taken = json!({"occurred_at": self.stage.now(), "place": place});
        self.step(agency, "take_control", &[("consignment_id", goods)], taken).await?;
        Ok(())
    }

    /// Starts a leg, now, or completes it: `operation` says which.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn travel(&self, lead: &str, operation: &'static str, leg: &str) -> Result<()> {
        self.step(lead, operation, &[("leg_id", leg)], Value::Null).await?;
        Ok(())
    }

    /// An agency reports that the goods cross the border of its country, now.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn cross(&self, agency: &str, direction: &str, leg: &str, place: &str) -> Result<()> {
        let crossing = json!({
            "direction": direction, "country": agency.to_uppercase(), "place": place,
            "occurred_at": self.stage.now(),
        });
        self.step(agency, "report_crossing", &[("leg_id", leg)], crossing).await?;
        Ok(())
    }

    /// Hands the goods over, now, from the proposal to the acceptance.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn hand_over(&self, from: &str, to: &str, handing: Handing<'_>) -> Result<()> {
        let now = self.stage.now();
        let proposal = json!({
            "consignment_id": handing.goods, "leg_id": handing.leg, "to_agency_id": self.agency(to),
            "place": handing.place, "seals": handing.seals,
            "window": {"from": now, "until": now.plus_seconds(2 * 3600)},
        });
        let handover = self.step(from, "create_handover", &[], proposal).await?;
        let path = [("handover_id", handover.as_str())];
        self.step(to, "agree_handover", &path, Value::Null).await?;
        self.step(from, "offer_handover", &path, Value::Null).await?;
        let accepted = json!({
            "quantity": handing.quantity, "condition": "Dry, seals untouched", "seals": handing.seals,
        });
        self.step(to, "accept_handover", &path, accepted).await?;
        Ok(())
    }

    /// Reports what happens now; gives the milestone.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn tell(&self, agency: &str, kind: &str, place: &str) -> Result<String> {
        self.tell_of(agency, kind, self.stage.now(), place).await
    }

    /// Reports what happened at `occurred_at`; gives the milestone.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn tell_of(
        &self,
        agency: &str,
        kind: &str,
        occurred_at: Instant,
        place: &str,
    ) -> Result<String> {
        let milestone = json!({ "kind": kind, "occurred_at": occurred_at, "place": place });
        self.step(agency, "post_milestone", &[], milestone).await
    }

    /// Plans a milestone with an hour's tolerance.
    ///
    /// # Errors
    /// What the contract refuses.
    pub async fn plan(
        &self,
        agency: &str,
        kind: &str,
        expected_at: Instant,
        place: &str,
    ) -> Result<()> {
        let milestone = json!({
            "kind": kind, "expected_at": expected_at, "tolerance_minutes": 60, "place": place,
        });
        self.step(agency, "post_milestone", &[], milestone).await?;
        Ok(())
    }
}

/// The fields of both.
pub fn joined(mut one: Value, other: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (one.as_object_mut(), other) {
        fields.extend(more);
    }
    one
}
