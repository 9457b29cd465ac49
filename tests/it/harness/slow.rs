//! A body that takes its time.

use std::io::{Cursor, Read, Result};

use ureq::SendBody;

/// What happens between two halves; nothing is read from it.
struct Interlude(Option<Box<dyn FnOnce()>>);

impl Read for Interlude {
    fn read(&mut self, _: &mut [u8]) -> Result<usize> {
        if let Some(happens) = self.0.take() {
            happens();
        }
        Ok(0)
    }
}

/// A body whose first half is sent before `meanwhile` happens, and the second after it.
pub fn body(mut first: Vec<u8>, meanwhile: Box<dyn FnOnce()>) -> SendBody<'static> {
    let second = first.split_off(first.len() / 2);
    let halves = Cursor::new(first).chain(Interlude(Some(meanwhile))).chain(Cursor::new(second));
    SendBody::from_owned_reader(halves)
}
