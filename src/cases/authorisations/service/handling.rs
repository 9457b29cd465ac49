//! What goes back and forth before a decision.

use super::{moved, still_planned, take, told};
use crate::access::{Permit, act};
use crate::cases::authorisations::input::TextInput;
use crate::cases::authorisations::model::{QuestionKind, Step};
use crate::cases::authorisations::rows::{Found, QuestionRow};
use crate::cases::authorisations::store::{self, Handling};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{AuthorisationId, CaseId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

/// Says that the requested agency has the request.
///
/// # Errors
/// Not found, forbidden; or it is not waiting for that.
pub fn acknowledge(tx: &mut Tx<'_>, case: CaseId, id: AuthorisationId) -> Result<Change<Found>> {
    let (found, permit) = take::<act::HandleRequest>(tx, case, id)?;
    still_planned(tx, &permit)?;
    let row = moved(tx, &permit, &found, Step::Acknowledge, |_| {})?;
    let event = told(Deed::RequestAcknowledged, &row);
    Ok(Change::by(Found { row, grant: None }, event))
}

/// Asks the requesting side for information.
///
/// # Errors
/// Not found, forbidden, invalid; or it was not acknowledged.
pub fn request_info(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::HandleRequest>(tx, case, id)?;
    let asked = (QuestionKind::Question, Step::RequestInfo, Deed::InformationRequested);
    say(tx, &permit, &found, submission, asked)
}

/// Gives the information that was asked for.
///
/// # Errors
/// Not found, forbidden, invalid; or none was asked for.
pub fn answer(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::PursueRequest>(tx, case, id)?;
    let given = (QuestionKind::Answer, Step::Answer, Deed::InformationGiven);
    say(tx, &permit, &found, submission, given)
}

fn say<A: Handling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    found: &Found,
    submission: &Submission,
    (kind, step, deed): (QuestionKind, Step, Deed),
) -> Result<Change<Found>> {
    let input: TextInput = submission.read()?;
    let text = input.judge()?;
    still_planned(tx, permit)?;
    let row = moved(tx, permit, found, step, |_| {})?;
    let officer = tx.context().officer()?;
    let said = QuestionRow {
        authorisation_id: row.id,
        number: 0,
        case_id: row.case_id,
        kind,
        text: text.clone(),
        agency_id: officer.agency,
        user_id: officer.user,
        recorded_at: tx.now(),
    };
    store::insert_question(tx, permit, &said)?;
    let event = told(deed, &row).text("text", text);
    Ok(Change::by(Found { row, grant: found.grant.clone() }, event))
}
