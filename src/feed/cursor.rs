//! The id of an event: where a stream stands, sealed for one user.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::db::View;
use crate::error::{Error, Fault, Result};

/// Longest id that is looked at, in bytes.
const LONGEST: usize = 200;

/// The id behind which the caller goes on after `number`. The same number gives another id each time, and all of them
/// are equally long.
///
/// # Errors
/// When nobody has signed in; a defect, when there are no keys.
pub fn seal(view: &View<'_>, number: i64) -> Result<String> {
    let sealed = view.marks().seal(&about(view)?, &format!("{number:019}"))?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// The number that an id of the caller stands for.
///
/// # Errors
/// Invalid, when it is no id that the caller was given here.
pub fn open(view: &View<'_>, id: &str) -> Result<i64> {
    let about = about(view)?;
    let number = Some(id)
        .filter(|id| id.len() <= LONGEST)
        .and_then(|id| URL_SAFE_NO_PAD.decode(id).ok())
        .and_then(|sealed| view.marks().open(&about, &sealed).ok())
        .and_then(|number| number.parse().ok());
    number.ok_or_else(foreign)
}

/// The answer to an id that cannot be gone on with.
#[must_use]
pub fn foreign() -> Error {
    Error::invalid(vec![Fault::new(
        "Last-Event-ID",
        "expected the id of an event that this feed told you; without one the feed begins with what happens next",
    )])
}

fn about(view: &View<'_>) -> Result<Vec<u8>> {
    let user = view.context().officer()?.user;
    Ok([b"feed of ".as_slice(), user.uuid().as_bytes()].concat())
}
