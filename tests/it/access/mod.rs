//! Who may see and do what: the policy against tables written by hand, over HTTP as well, and the page that shows it.

mod expected;
mod over_http;
mod page;
mod policy;
mod world;
