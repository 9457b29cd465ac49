//! The rows of requests, grants and questions.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cases::authorisations::grant::Grant;
use crate::cases::authorisations::input::{Assurances, Window};
use crate::cases::authorisations::model::{self, Channel, QuestionKind, ReasonCode, RequestStatus};
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{authorisation_grants, authorisation_questions, authorisations};
use crate::db::types::Json;
use crate::delivery::{Ask, Modality};
use crate::ids::{AgencyId, AuthorisationId, CaseId, UserId};
use crate::quantity::Quantity;

/// What a request says and asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Terms {
    /// The treaty or law.
    pub legal_basis: String,
    /// The offence.
    pub offence: String,
    /// Why other means fail.
    pub why_other_means_fail: Option<String>,
    /// The facts.
    pub facts: String,
    /// What the country is asked to let happen.
    pub asks: Vec<Ask>,
    /// How the goods are to travel.
    pub modalities: Vec<Modality>,
    /// Where they are to come in.
    pub entry_points: Vec<String>,
    /// Where they are to go out.
    pub exit_points: Vec<String>,
    /// When it is to happen.
    pub window: Window,
    /// When to intervene.
    pub intervention_criteria: Option<String>,
    /// What the requesting State promises.
    pub assurances: Assurances,
}

/// What is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantTerms {
    /// How the goods may travel: a set, not a level.
    pub permitted_modalities: Vec<Modality>,
    /// What may happen.
    pub asks: Vec<Ask>,
    /// The most that may be live, over all consignments.
    pub live_cap: Option<Quantity>,
    /// Under which conditions.
    pub conditions: Option<String>,
    /// Where the goods may come in; anywhere when empty.
    pub entry_points: Vec<String>,
    /// Where they may go out; anywhere when empty.
    pub exit_points: Vec<String>,
    /// Whether officers of other countries may be in control of the goods there.
    pub foreign_officers: bool,
}

/// Who has said yes, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Spoken {
    /// Who.
    pub person: String,
    /// In which office.
    pub office: String,
    /// When.
    pub spoken_at: Instant,
    /// How.
    pub channel: Channel,
}

/// A request's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = authorisations, treat_none_as_default_value = false)]
pub struct RequestRow {
    /// The request.
    pub id: AuthorisationId,
    /// Its case.
    pub case_id: CaseId,
    /// The country that is asked.
    pub country: Country,
    /// The agency that holds authority there.
    pub authority_agency_id: AgencyId,
    /// The agency that asks.
    pub agency_id: AgencyId,
    /// Who drafted it.
    pub drafted_by: UserId,
    /// What it says.
    pub terms: Json<Terms>,
    /// By when the decision is needed.
    pub decision_needed_by: Instant,
    /// Where it stands, apart from what the clock tells.
    pub status: RequestStatus,
    /// Who submitted it.
    pub submitted_by: Option<UserId>,
    /// When.
    pub submitted_at: Option<Instant>,
    /// How many versions its grant has had.
    pub grants: i64,
    /// Why it was refused or revoked, in a word.
    pub reason_code: Option<ReasonCode>,
    /// Why it was refused or revoked.
    pub reason: Option<Reason>,
    /// Who decided last.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was drafted.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

/// A version of a grant.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = authorisation_grants, treat_none_as_default_value = false)]
pub struct GrantRow {
    /// The request.
    pub authorisation_id: AuthorisationId,
    /// Which version, from 1.
    pub number: i64,
    /// The case.
    pub case_id: CaseId,
    /// The country.
    pub country: Country,
    /// What is granted.
    pub terms: Json<GrantTerms>,
    /// The first moment at which it counts.
    pub valid_from: Instant,
    /// The last moment at which it counts.
    pub valid_until: Instant,
    /// Who has said so, where it was said.
    pub spoken: Option<Json<Spoken>>,
    /// By when it is to be confirmed, where it was said.
    pub confirm_by: Option<Instant>,
    /// The agency that granted it.
    pub agency_id: AgencyId,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Instant,
    /// Who confirmed it.
    pub confirmed_by: Option<UserId>,
    /// When.
    pub confirmed_at: Option<Instant>,
    /// When it was revoked, or the next version took its place.
    pub ended_at: Option<Instant>,
}

/// What was asked or answered. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = authorisation_questions)]
pub struct QuestionRow {
    /// The request.
    pub authorisation_id: AuthorisationId,
    /// Which one, from 1.
    pub number: i64,
    /// The case.
    pub case_id: CaseId,
    /// Whether it is asked or answered.
    pub kind: QuestionKind,
    /// The words.
    pub text: String,
    /// The agency that says so.
    pub agency_id: AgencyId,
    /// Who says so.
    pub user_id: UserId,
    /// When.
    pub recorded_at: Instant,
}

/// A request with the version of its grant that stands or stood last.
#[derive(Debug, Clone)]
pub struct Found {
    /// The request.
    pub row: RequestRow,
    /// The grant.
    pub grant: Option<GrantRow>,
}

impl Found {
    /// Where the request stands at `now`.
    #[must_use]
    pub fn status_at(&self, now: Instant) -> RequestStatus {
        let until = self.grant.as_ref().map(|grant| grant.valid_until);
        let confirm_by = self.grant.as_ref().and_then(GrantRow::awaits_confirmation);
        model::status_at(self.row.status, until, confirm_by, now)
    }
}

impl GrantRow {
    /// By when it has to be confirmed, where it was said and nobody has confirmed it.
    #[must_use]
    pub fn awaits_confirmation(&self) -> Option<Instant> {
        self.confirm_by.filter(|_| self.confirmed_at.is_none())
    }
}

impl From<GrantRow> for Grant {
    fn from(row: GrantRow) -> Self {
        let confirm_by = row.awaits_confirmation();
        let terms = row.terms.0;
        Self {
            request: row.authorisation_id,
            country: row.country,
            permitted_modalities: terms.permitted_modalities,
            asks: terms.asks,
            live_cap: terms.live_cap,
            entry_points: terms.entry_points,
            exit_points: terms.exit_points,
            foreign_officers: terms.foreign_officers,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            confirm_by,
            ended_at: row.ended_at,
        }
    }
}
