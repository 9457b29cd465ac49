//! Who may see and do what: the policy against tables written by hand, over HTTP as well, what is
//! taken away at once, and the page that shows it.

mod at_once;
mod edges;
mod expected;
mod over_http;
mod page;
mod policy;
mod world;
