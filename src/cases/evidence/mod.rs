//! Evidence references: the object stays with its holder, the server keeps who held it, when, and under which seal.
//!
//! One agency is the custodian of an item at any time; custody changes by a transfer that is offered and accepted.
//! Flags are permanent. Whoever recorded an item, the originator, settles who may see it. The audience always holds the
//! originator, the custodian and whom the item is offered to, so that it alone settles what a list shows.
//!
//! An item's number is random, and no count: a gap would tell of items that are not shown.
//!
//! May import: what [`crate::cases`] may, and the words and standing of a case; `api` also `http`.

pub mod api;
pub mod digest;
pub mod input;
pub mod item;
pub mod model;
pub mod number;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
