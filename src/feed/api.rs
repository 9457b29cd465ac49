//! The live feed over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::act;
use crate::cases::standing;
use crate::db::View;
use crate::error::{Error, Fault, Result};
pub use crate::feed::reading::FeedEvent;
use crate::feed::{cursor, reading};
use crate::http::{App, Call, Events};
use crate::ids::CaseId;
use crate::journal::numbers::newest_number;

mod follower;

use follower::Follower;

/// What to follow.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct FeedParams {
    /// Only this case. The stream ends when the caller may no longer see it.
    pub case: Option<String>,
}

/// Where a stream begins, and what it follows.
struct Beginning {
    only: Option<CaseId>,
    number: i64,
    id: String,
}

/// Follows what happens: each entry of a journal that the caller may read, as a Server-Sent Event.
pub async fn get_feed(app: App, call: Call) -> Result<Events> {
    let mut context = call.context.clone();
    let beginning = app.db.read(&context, move |view| begin(view, &call)).await?;
    let (officer, most) = (context.officer()?, app.config.feed.streams_per_user);
    let stream = app.streams.open(officer.user, officer.agency, most)?;
    // A reason is given for the case that one names, once, and not for whatever may come.
    context.consultation_reason = None;
    let Beginning { only, number, id } = beginning;
    Ok(Follower::new(app, context, only, (number, id), stream).events())
}

fn begin(view: &mut View<'_>, call: &Call) -> Result<Beginning> {
    reading::permit(view, None)?;
    let params: FeedParams = call.query()?;
    let only = params.case.as_deref().map(case).transpose()?;
    if let Some(case) = only {
        // To follow a case is to consult it.
        standing::see::<act::ReadCaseJournal>(view, case)?;
    }
    let newest = newest_number(view)?;
    let number = match call.last_event_id.as_deref() {
        Some(id) => cursor::open(view, id)?,
        None => newest,
    };
    if number > newest {
        return Err(cursor::foreign());
    }
    Ok(Beginning { only, number, id: cursor::seal(view, number)? })
}

fn case(id: &str) -> Result<CaseId> {
    id.parse().map_err(|_| Error::invalid(vec![Fault::new("?case", "expected a case's id")]))
}
