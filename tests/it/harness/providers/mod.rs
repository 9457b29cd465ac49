//! Real identity providers, and somebody who stands between them and the server. Each story starts its own, in a folder of its own and on a free port of this machine, so that
//! stories share no account, key or session, and may kill what they started.
//!
//! glewlwyd is one of the many that rotate refresh tokens, announce their issuer and push logouts. lemonldap-ng is quite
//! another: its issuer ends in a slash, it never rotates, pushes nothing, and signs with what it is told to, down to
//! nothing at all. A provider lives in real time: a world that it works with does so too ([`World::lives_today`]).

mod between;
mod browser;
mod glewlwyd;
mod keys;
mod lemonldap;
mod service;

pub use between::Between;
pub use browser::{Browser, Page};
pub use glewlwyd::Glewlwyd;
pub use keys::{Es256, base64url, decoded};
pub use lemonldap::{Lemonldap, Signs};

use super::world::World;

/// Somebody with an account at a provider.
#[derive(Debug, Clone)]
pub struct Person {
    /// What is typed to sign in.
    pub login: String,
    /// The e-mail address.
    pub email: String,
    /// What the provider says that the person does there.
    pub roles: Vec<String>,
}

impl Person {
    /// Somebody who does `roles`.
    pub fn new(login: &str, roles: &[&str]) -> Self {
        Self {
            login: login.to_owned(),
            email: format!("{login}@home.example"),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        }
    }

    /// What is typed along with the login.
    pub fn password(&self) -> String {
        format!("{} at home", self.login)
    }
}

/// What a provider has to know of a server whose users it signs in.
#[derive(Debug, Clone)]
pub struct Site {
    /// What it is called there.
    pub client_id: String,
    /// How it proves that, as OAuth calls it.
    pub method: String,
    /// What it proves that with, where that is a secret.
    pub secret: String,
    /// Where its keys are.
    pub keys: String,
    /// Where browsers are sent back to.
    pub callback: String,
    /// Where browsers are sent after they signed out at the provider.
    pub signed_out: String,
    /// Where the provider says that a session has ended, where it does so.
    pub logout: Option<String>,
}

/// What stories ask of a provider, whichever it is.
pub trait Home {
    /// The issuer, exactly as it names itself.
    fn issuer(&self) -> String;

    /// The scopes that a server asks for here, to be told roles and to be able to ask again later.
    fn scopes(&self) -> &'static [&'static str];

    /// What it signs ID tokens with.
    fn algorithm(&self) -> &'static str;

    /// Registers a server.
    fn registers(&self, site: &Site);

    /// Makes an account, or sets the roles of one that is there.
    fn employs(&self, person: &Person);

    /// Ends an account: nobody signs in with it, and nothing that was given out for it is renewed.
    fn dismisses(&self, person: &Person);

    /// Follows `request` as the person would: signs in and agrees. Gives where the browser is sent then.
    fn signs_in(&self, browser: &mut Browser, person: &Person, request: &str) -> String;

    /// Follows `request` to the end of the session there, as the person would.
    fn signs_out(&self, browser: &mut Browser, request: &str);

    /// Signs with a new key from now on, and shows the old one no more.
    fn changes_key(&self);
}

/// The program that `variable` names; none, said aloud, where it names none.
fn program(variable: &str, without: &str, name: &str) -> Option<std::ffi::OsString> {
    let found = std::env::var_os(variable);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{variable} is missing: run `make test`");
        World::not_run(without, name, variable);
    }
    found
}
