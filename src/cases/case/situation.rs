//! How things stand with a case: what its state table asks, loaded from its parts.

use std::collections::BTreeSet;

use crate::access::{Act, MemberRole, Role, act};
use crate::cases::authorisations::preparation::{self, No, Preparation};
use crate::cases::authorisations::store as authorisations;
use crate::cases::case::guards::{Closing, GuardFacts, Header, Open, Route};
use crate::cases::case::transition::Mover;
use crate::cases::consignments::store as consignments;
use crate::cases::control::store as control;
use crate::cases::evidence::store as evidence;
use crate::cases::legs::model;
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::service as route;
use crate::cases::legs::store as legs;
use crate::cases::members::store as members;
use crate::cases::standing::Seen;
use crate::cases::state_reports::store as state_reports;
use crate::country::Country;
use crate::db::View;
use crate::error::Result;
use crate::ids::ConsignmentId;
use crate::matching;

/// What the caller is to the case, as far as its state table asks.
///
/// # Errors
/// When the database fails.
pub fn mover(view: &mut View<'_>, seen: &Seen<act::ChangeCaseState>) -> Result<Mover> {
    let officer = view.context().officer()?;
    let role = seen.facts.membership.map(|membership| membership.role);
    let works = officer.speaks_for_agency() || officer.is(Role::CaseOfficer);
    // Whatever else its agency does in the case: the authority of a country is the one that was asked.
    let asked = role == Some(MemberRole::Authority) || seen.facts.requested;
    let decides = officer.is(Role::Authority) && asked;
    let (agency, country) = (officer.agency, officer.country);
    let speaks = officer.speaks_for_agency();
    let affected: BTreeSet<Country> = countries(&legs::all(view, &seen.permit)?);
    let goods = legs::where_goods_are(view, &seen.permit)?;
    let of = |there: Country| country == Some(there);
    let holders = control::holders(view, &seen.permit)?;
    Ok(Mover {
        lead_officer: role == Some(MemberRole::Lead) && works,
        coordinator: role == Some(MemberRole::Coordinator) && speaks,
        agency_in_control: works && holders.iter().any(|(_, holder, _)| *holder == agency),
        // While nothing is known of the way, every country that was asked may be the one.
        authority_where_goods_are: decides && goods.is_none_or(of),
        authority_of_affected_country: decides
            && (affected.is_empty() || country.is_some_and(|country| affected.contains(&country))),
    })
}

/// Everything that the guards of the state table ask.
///
/// # Errors
/// When the database fails.
pub fn guard_facts<A: Act>(view: &mut View<'_>, seen: &Seen<A>) -> Result<GuardFacts> {
    let permit = &seen.permit;
    let agency = view.context().officer()?.agency;
    let controlled: Vec<ConsignmentId> =
        control::holders(view, permit)?.into_iter().map(|(consignment, ..)| consignment).collect();
    let now = view.now();
    let mut handovers = control::all_open(view, permit)?;
    handovers.retain(|row| row.status_at(now).is_open());
    let unsettled = evidence::without_disposition(view, permit, agency)?;
    Ok(GuardFacts {
        header: Header {
            code_name: !seen.case.code_name.is_empty(),
            summary: !seen.case.summary.is_empty(),
            modality: true,
            priority: true,
            consignment: consignments::count(view, permit)? > 0,
        },
        route: route_facts(view, seen)?,
        open: Open {
            undecided_requests: authorisations::undecided(view, permit)?
                .into_iter()
                .map(crate::ids::Id::uuid)
                .collect(),
            evidence_without_disposition: unsettled.shown,
            hidden_evidence_without_disposition: unsettled.hidden,
            acted: acted(view, seen)?,
            missing_reports: state_reports::owing(view, permit)?,
            controlled: controlled.clone(),
            unaccepted_handovers: handovers.iter().map(|row| row.id.uuid()).collect(),
        },
        closing: Closing {
            coordinator_is_member: members::has_coordinator(view, permit)?,
            requested: seen.case.close_requested_at.is_some(),
        },
        nobody_in_control: controlled.is_empty(),
    })
}

/// Whether any agency has acted in the case: goods moved or went another way, somebody was in control, or intervened.
fn acted<A: Act>(view: &mut View<'_>, seen: &Seen<A>) -> Result<bool> {
    let known = seen.case.was_on_the_move || seen.case.report_due_at.is_some();
    Ok(known
        || control::was_ever_held(view, &seen.permit)?
        || legs::was_ever_diverted(view, &seen.permit)?)
}

fn route_facts<A: Act>(view: &mut View<'_>, seen: &Seen<A>) -> Result<Route> {
    let permit = &seen.permit;
    let rows = legs::all(view, permit)?;
    let plans: Vec<&model::Plan> = rows.iter().map(|row| &row.plan.0).collect();
    let prepared = preparation::preparations(view, permit)?;
    let all = countries(&rows);
    let no = |country: &Country| prepared.get(country).and_then(|prepared| prepared.no);
    let said = |word: No| -> Vec<Country> {
        all.iter().copied().filter(|country| no(country) == Some(word)).collect()
    };
    let without = |has: fn(&Preparation) -> bool| -> Vec<Country> {
        let lacking =
            |country: &Country| no(country).is_none() && !prepared.get(country).is_some_and(has);
        all.iter().copied().filter(lacking).collect()
    };
    Ok(Route {
        legs: rows.len(),
        contiguous: model::is_contiguous(&plans),
        refused: said(No::Refused),
        revoked: said(No::Revoked),
        without_criteria: without(|prepared| prepared.criteria),
        without_decision_maker: without(|prepared| prepared.decision_maker),
        without_contact: without(|prepared| prepared.contact),
        deconfliction_checked: matching::was_checked(view, permit.case()?)?,
        first_leg_lacks: route::first_leg_lacks(view, permit)?
            .into_iter()
            .map(|(breach, missing)| (breach.code(), missing))
            .collect(),
    })
}

/// The countries that the route touches.
fn countries(rows: &[LegRow]) -> BTreeSet<Country> {
    rows.iter().flat_map(|row| row.plan.0.countries()).collect()
}
