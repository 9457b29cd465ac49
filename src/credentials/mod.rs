//! Who is asking: agencies, their users, sign-in and sessions.

pub mod assertion;
pub mod client_key;
pub mod following;
pub(crate) mod key_file;
pub mod key_ring;
pub mod keys;
pub mod marks;
pub mod one_time;
pub mod passkeys;
pub mod password;
pub mod recovery;
pub mod secrets;
mod token_cache;
pub mod tokens;
