//! Stories of people who come from an agency's own identity provider. The providers are real.

mod asker;
mod homes;
mod roles;
