//! Who is asking: agencies, their users, sign-in and sessions.

pub mod keys;
pub mod password;
pub mod secrets;
mod token_cache;
pub mod tokens;
