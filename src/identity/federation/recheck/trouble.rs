//! What keeps this server from asking a provider: shown to the admins of its agency, and told in its journal when it begins.

use super::{Outcome, context};
use crate::answer::Answer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::App;
use crate::identity::federation::callback::told;
use crate::identity::federation::store::{self, ProviderRow};
use crate::journal::event::{ChainOf, Change};

/// Notes what came of asking, where that is something else than the last time.
///
/// # Errors
/// When the database fails.
pub(super) async fn note(app: &App, row: &ProviderRow, outcome: Outcome) -> Result<()> {
    let trouble = match outcome {
        Outcome::Unknown(failure) if !failure.is_the_providers() => return Ok(()),
        Outcome::Unknown(failure) => Some(failure),
        Outcome::Vouched | Outcome::Ended => None,
    };
    if trouble == row.trouble {
        return Ok(());
    }
    let (agency, provider) = (row.agency_id, row.id);
    let Some(failure) = trouble else {
        let over = move |tx: &mut Tx<'_>| store::note_trouble(tx, provider, None);
        return app.db.housekeep(&context(app), over).await;
    };
    let write = move |tx: &mut Tx<'_>| {
        tx.lock_chain(ChainOf::Agency(agency).id())?;
        let row = store::find(tx, provider)?.ok_or_else(Error::not_found)?;
        if row.trouble == trouble {
            return Ok(Change::Unchanged(Answer::empty()));
        }
        store::note_trouble(tx, provider, trouble)?;
        let event = told(agency, provider, None, failure).by_server();
        Ok(Change::by(Answer::empty(), event))
    };
    app.db.write(&context(app), write).await?;
    Ok(())
}
