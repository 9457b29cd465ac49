//! How far the countries that were asked are prepared, as invariant 13 asks, or that they have said no.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::access::{Act, Permit};
use crate::cases::authorisations::model::RequestStatus;
use crate::cases::authorisations::store::all;
use crate::country::Country;
use crate::db::schema::agencies;
use crate::db::{Run, View};
use crate::error::Result;
use crate::ids::AgencyId;

/// How far a country is prepared for what invariant 13 asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preparation {
    /// Whether some open request says when to intervene.
    pub criteria: bool,
    /// Whether somebody has decided there, and the decision counts or will.
    pub decision_maker: bool,
    /// Whether the agency that was asked can be called.
    pub contact: bool,
    /// What the country has said last, where that was no.
    pub no: Option<No>,
}

/// A country that does not let the goods pass: it needs no preparation, but another answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum No {
    /// It has refused.
    Refused,
    /// It has taken back what it had granted.
    Revoked,
}

/// How far each country that was asked is prepared.
///
/// # Errors
/// When the database fails.
pub fn preparations<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<BTreeMap<Country, Preparation>> {
    let now = view.now();
    let found = all(view, permit)?;
    let asked: Vec<AgencyId> = found.iter().map(|found| found.row.authority_agency_id).collect();
    let phones: Vec<(AgencyId, Option<String>)> = agencies::table
        .filter(agencies::id.eq_any(asked))
        .select((agencies::id, agencies::contact_phone))
        .all(view)?;
    let mut preparations: BTreeMap<Country, Preparation> = BTreeMap::new();
    for found in &found {
        let prepared = preparations.entry(found.row.country).or_default();
        prepared.no = match found.status_at(now) {
            RequestStatus::Refused => Some(No::Refused),
            RequestStatus::Revoked => Some(No::Revoked),
            // What was drafted and given up says nothing.
            RequestStatus::Withdrawn => prepared.no,
            _ => None,
        };
        if !found.status_at(now).is_open() {
            continue;
        }
        prepared.criteria |= found.row.terms.0.intervention_criteria.is_some();
        prepared.decision_maker |= found.status_at(now).is_granted();
        let authority = found.row.authority_agency_id;
        prepared.contact |=
            phones.iter().any(|(agency, phone)| *agency == authority && phone.is_some());
    }
    Ok(preparations)
}
