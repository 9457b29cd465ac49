//! Who is asking: agencies, their users, sign-in and sessions.

mod key_file;
pub mod keys;
pub mod marks;
pub mod one_time;
pub mod passkeys;
pub mod password;
pub mod recovery;
pub mod secrets;
mod token_cache;
pub mod tokens;
