//! Passage: the server with which agencies of several States coordinate cross-border controlled deliveries.
//!
//! Each layer may import only what stands above it in this table; `tests/it/layering.rs` holds the code to it.
//!
//! | layer | modules |
//! |---|---|
//! | 0 words | [`clock`], [`ids`], [`error`], [`text_enum`], [`text_value`], [`time_zone`], [`agency`], [`country`], [`decimal`], [`quantity`], [`delivery`], [`day`], [`email`], [`phone`], [`language`], [`role`], [`machine_scope`] |
//! | 1 settings | [`answer`], [`submission`], [`field`], [`config`], [`telemetry`], [`credentials`], [`mail`], [`outbound`] |
//! | 2 rules of access | [`access`] |
//! | 3 rules of the journal | [`journal::event`], [`journal::chain`] |
//! | 4 database | [`db`] |
//! | 5 journal | the rest of [`journal`] |
//! | 6 plumbing | [`http`], [`matching`] (import no domain) |
//! | 7 domains | [`identity`], [`cases`], [`directory`] (none imports another) |
//! | 8 across cases | [`deconfliction`], [`planning`], [`watch`], [`feed`] |
//! | 9 the one list | [`routes`] |
//! | 10 upkeep | [`upkeep`] |
//! | 11 composition | [`app`] |
//! | 12 commands | [`demo`], [`cli`] |
//!
//! [`text_enum`]: mod@text_enum
//! [`text_value`]: mod@text_value

pub mod access;
pub mod agency;
pub mod answer;
pub mod app;
pub mod cases;
pub mod cli;
pub mod clock;
pub mod config;
pub mod country;
pub mod credentials;
pub mod day;
pub mod db;
pub mod decimal;
pub mod deconfliction;
pub mod delivery;
pub mod demo;
pub mod directory;
pub mod email;
pub mod error;
pub mod feed;
pub mod field;
pub mod http;
pub mod identity;
pub mod ids;
pub mod journal;
pub mod language;
pub mod machine_scope;
pub mod mail;
pub mod matching;
pub mod outbound;
pub mod phone;
pub mod planning;
pub mod quantity;
pub mod role;
pub mod routes;
pub mod submission;
pub mod telemetry;
pub mod text_enum;
pub mod text_value;
pub mod time_zone;
pub mod upkeep;
pub mod watch;
