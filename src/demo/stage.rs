//! Where the demonstration is played: every step is a call of the contract, made inside the process.
//!
//! The stage has a clock of its own, whose hands the play sets, so that what lies in the past is recorded when it happened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::access::{Caller, Context, Officer};
use crate::answer::Answer;
use crate::clock::{Clock as _, Instant, ManualClock, SharedClock};
use crate::demo::PASSWORD;
use crate::error::{Error, Result};
use crate::http::{App, Call, Holder, Route};
use crate::ids::RequestId;
use crate::routes::{contract, routes};

/// How long somebody goes on in one session before signing in again, in seconds.
const SESSION_SECONDS: i64 = 1800;
/// What every call of the past takes, in seconds: what came later stands later.
const CALL_SECONDS: i64 = 1;

/// The parts of the server, the routes by operation, and who has signed in.
pub struct Stage {
    /// The server's parts; its clock is the stage's.
    pub app: App,
    routes: HashMap<&'static str, Route>,
    hands: Arc<ManualClock>,
    signed_in: Mutex<HashMap<String, Officer>>,
}

/// What a call answered.
#[derive(Debug, Clone)]
pub struct Told {
    /// The body.
    pub body: Value,
    /// The version that it carries.
    pub etag: Option<String>,
}

impl Told {
    /// A text of the body.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The id of the thing that the body shows.
    #[must_use]
    pub fn id(&self) -> String {
        self.text("id")
    }
}

impl Stage {
    /// A stage in front of `app` at the moment `begin`.
    #[must_use]
    pub fn new(app: App, begin: Instant) -> Self {
        let document = Arc::new(contract());
        let routes = routes(&document).into_iter().map(|route| (route.operation, route)).collect();
        let hands = Arc::new(ManualClock::new(begin));
        let app = App { clock: hands.clone(), ..app };
        Self { app, routes, hands, signed_in: Mutex::default() }
    }

    /// The moment that is played.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.app.clock.now()
    }

    /// Sets the hands of the stage's clock. Nothing is played before what was played already: whoever tells two things
    /// of the same moment goes on behind the first.
    pub fn at(&self, moment: Instant) {
        self.hands.set(moment.max(self.hands.now()));
    }

    /// The same for a moment that is written out.
    ///
    /// # Errors
    /// A defect, when it is none.
    pub fn on(&self, moment: &str) -> Result<()> {
        self.at(moment.parse().map_err(Error::internal)?);
        Ok(())
    }

    /// Leaves the past: from now on `clock` goes by itself.
    pub fn comes_to_the_present(&mut self, clock: SharedClock) {
        self.app.clock = clock;
    }

    /// Calls `operation` as whoever has the address `by`, or as nobody.
    ///
    /// # Errors
    /// What the operation refuses, with its faults in the operator's words.
    pub async fn call(
        &self,
        by: Option<&str>,
        operation: &'static str,
        path: &[(&str, &str)],
        body: Value,
    ) -> Result<Told> {
        self.call_guarded(by, operation, path, body, None).await
    }

    /// The same, naming the version that is changed.
    ///
    /// # Errors
    /// What the operation refuses, with its faults in the operator's words.
    pub async fn call_guarded(
        &self,
        by: Option<&str>,
        operation: &'static str,
        path: &[(&str, &str)],
        body: Value,
        etag: Option<String>,
    ) -> Result<Told> {
        let caller = match by {
            Some(address) => Caller::Officer(self.officer(address).await?),
            None => Caller::Nobody,
        };
        self.perform(caller, operation, path, body, etag).await
    }

    async fn perform(
        &self,
        caller: Caller,
        operation: &'static str,
        path: &[(&str, &str)],
        body: Value,
        etag: Option<String>,
    ) -> Result<Told> {
        self.hands.advance(CALL_SECONDS);
        let route = self
            .routes
            .get(operation)
            .ok_or_else(|| Error::internal(format!("there is no operation {operation}")))?;
        let now = self.now();
        let mut context = Context::of_command(operation, now);
        context.request = RequestId::new(now);
        context.caller = caller;
        let path: Vec<(&str, String)> =
            path.iter().map(|(name, id)| (*name, (*id).to_owned())).collect();
        let body = if body.is_null() { None } else { Some(&body) };
        let call = Call::inside(context, &path, body).if_match(etag);
        match route.perform(self.app.clone(), call).await {
            Ok(answer) => told(answer),
            Err(error) => Err(Error::internal(format!(
                "{operation}: {error} {:?} {:?} {}",
                error.faults(),
                error.missing(),
                error.operator().unwrap_or_default()
            ))),
        }
    }

    /// Whoever has the address, signed in; signs in again when the last session began long ago.
    ///
    /// # Errors
    /// When the sign-in fails.
    pub async fn officer(&self, address: &str) -> Result<Officer> {
        let now = self.now();
        let known = self.signed_in().get(address).cloned();
        let fresh = |known: &Officer| known.authenticated_at.plus_seconds(SESSION_SECONDS) > now;
        if let Some(known) = known.filter(fresh) {
            return Ok(known);
        }
        let officer = self.sign_in(address).await?;
        self.signed_in().insert(address.to_owned(), officer.clone());
        Ok(officer)
    }

    fn signed_in(&self) -> std::sync::MutexGuard<'_, HashMap<String, Officer>> {
        self.signed_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sign_in(&self, address: &str) -> Result<Officer> {
        let body = json!({ "email": address, "password": PASSWORD });
        let tokens = self.perform(Caller::Nobody, "login", &[], body, None).await?;
        let token = tokens.text("access_token");
        let now = self.now();
        let claims = self.app.tokens.verify(&token, now).map_err(Error::internal)?;
        let holder = Holder::from(&claims);
        let (context, resolve) = (Context::of_command("demo", now), self.app.resolve);
        let resolved = self.app.db.read(&context, move |view| resolve(view, holder, 60)).await?;
        let resolved = resolved.ok_or_else(|| Error::internal(format!("{address} cannot act")))?;
        Ok(resolved.officer)
    }
}

fn told(answer: Answer) -> Result<Told> {
    let body = match &answer.body {
        Some(body) => serde_json::from_str(body).map_err(Error::internal)?,
        None => Value::Null,
    };
    Ok(Told { body, etag: answer.etag })
}
