//! What requests and grants look like to a client.

use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::authorisations::model::{QuestionKind, ReasonCode, RequestStatus};
use crate::cases::authorisations::rows::{Found, GrantRow, GrantTerms, QuestionRow, Spoken, Terms};
use crate::cases::authorisations::service::Dossier;
use crate::cases::case::api::CaseView;
use crate::cases::consignments::api::ConsignmentView;
use crate::cases::legs::api::LegView;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::country::Country;
use crate::ids::{AgencyId, AuthorisationId, CaseId, UserId};

/// A request for authorisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorisationView {
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
    #[serde(flatten)]
    pub terms: Terms,
    /// By when the decision is needed.
    pub decision_needed_by: Instant,
    /// Where it stands now: `lapsed` and `expired` come by themselves.
    pub status: RequestStatus,
    /// Who submitted it.
    pub submitted_by: Option<UserId>,
    /// When.
    pub submitted_at: Option<Instant>,
    /// The version of the grant that stands or stood last.
    pub grant: Option<GrantView>,
    /// Why it was refused or revoked, in a word.
    pub reason_code: Option<ReasonCode>,
    /// Why it was refused or revoked.
    pub reason: Option<Reason>,
    /// Who decided last.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// When it was drafted.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl AuthorisationView {
    /// The request as it stands at `now`.
    pub fn of(found: Found, now: Instant) -> Self {
        let status = found.status_at(now);
        let Found { row, grant } = found;
        Self {
            id: row.id,
            case_id: row.case_id,
            country: row.country,
            authority_agency_id: row.authority_agency_id,
            agency_id: row.agency_id,
            drafted_by: row.drafted_by,
            terms: row.terms.0,
            decision_needed_by: row.decision_needed_by,
            status,
            submitted_by: row.submitted_by,
            submitted_at: row.submitted_at,
            grant: grant.map(GrantView::from),
            reason_code: row.reason_code,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A version of a grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantView {
    /// Which version, from 1.
    pub number: i64,
    /// What is granted.
    #[serde(flatten)]
    pub terms: GrantTerms,
    /// The first moment at which it counts.
    pub valid_from: Instant,
    /// The last moment at which it counts.
    pub valid_until: Instant,
    /// Who has said so, where it was said.
    pub spoken: Option<Spoken>,
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
    /// When it was revoked, or the next version takes its place.
    pub ended_at: Option<Instant>,
}

impl From<GrantRow> for GrantView {
    fn from(row: GrantRow) -> Self {
        Self {
            number: row.number,
            terms: row.terms.0,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            spoken: row.spoken.map(|spoken| spoken.0),
            confirm_by: row.confirm_by,
            agency_id: row.agency_id,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            confirmed_by: row.confirmed_by,
            confirmed_at: row.confirmed_at,
            ended_at: row.ended_at,
        }
    }
}

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorisationList {
    /// The requests, in the order in which they were drafted.
    pub items: Vec<AuthorisationView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// The versions of a grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantList {
    /// The versions, first one first.
    pub items: Vec<GrantView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// What was asked or answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionView {
    /// Which one, from 1.
    pub number: i64,
    /// Whether it is asked or answered.
    pub kind: QuestionKind,
    /// The words.
    pub text: String,
    /// The agency that says so.
    pub agency_id: AgencyId,
    /// Who says so.
    pub said_by: UserId,
    /// When.
    pub recorded_at: Instant,
}

impl From<QuestionRow> for QuestionView {
    fn from(row: QuestionRow) -> Self {
        Self {
            number: row.number,
            kind: row.kind,
            text: row.text,
            agency_id: row.agency_id,
            said_by: row.user_id,
            recorded_at: row.recorded_at,
        }
    }
}

/// What was asked and answered about a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionList {
    /// The questions and answers, first one first.
    pub items: Vec<QuestionView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// What an authority needs in order to decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct DossierView {
    /// The request.
    pub request: AuthorisationView,
    /// The header of the case.
    pub case: CaseView,
    /// The goods, with their identifiers.
    pub consignments: Vec<ConsignmentView>,
    /// The legs that touch the country, in the order of the route.
    pub legs: Vec<LegView>,
}

impl DossierView {
    /// The dossier as it stands at `now`.
    pub fn of(dossier: Dossier, now: Instant) -> Self {
        Self {
            request: AuthorisationView::of(dossier.request, now),
            case: dossier.case.into(),
            consignments: dossier.consignments.into_iter().map(Into::into).collect(),
            legs: dossier.legs.into_iter().map(Into::into).collect(),
        }
    }
}
