//! The tests that go through the front door: a real server, real databases, the published contract.
//!
//! Every story runs on both databases and appears as `name::sqlite` and `name::postgres`. PostgreSQL comes from
//! `PASSAGE_TEST_POSTGRES_URL`, which `make test` sets; without it the PostgreSQL half of each story is named on standard
//! error and, in CI, fails. Tests share nothing and pass in any order; time is moved and never slept.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends there")]
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON field reads as null, and fails its assertion"
)]

mod harness;

mod access;
mod cases;
mod endpoints;
mod federation;
mod hostile;
mod identity;
mod invariants;
mod journal;
mod layering;
mod model;
mod numbers;
mod openapi;
mod plans;
mod program;
mod schema_parity;
mod security;
mod server;
mod stories;
mod upkeep;
