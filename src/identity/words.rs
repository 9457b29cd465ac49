//! Words from closed lists that arrive as text, so that a wrong one is named beside every other fault.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::Faults;
use crate::text_enum::TextEnum;

/// The variant of `text`, or a fault at `pointer` that names the list.
pub(super) fn word<T: TextEnum>(faults: &mut Faults, pointer: &str, text: &str) -> Option<T> {
    let found = T::from_word(text);
    if found.is_none() {
        faults.add(pointer, format!("expected one of {}", T::words()));
    }
    found
}

/// The value of a text that may be missing, or a fault at `pointer`.
pub(super) fn optional<T: FromStr>(
    faults: &mut Faults,
    pointer: &str,
    text: Option<&str>,
) -> Option<T>
where
    T::Err: Display,
{
    text.and_then(|text| faults.take(pointer, text.parse()))
}
