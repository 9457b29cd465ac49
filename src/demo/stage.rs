//! Where the demonstration is played: every step is a call of the contract, made inside the process.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::access::{Caller, Context, Officer};
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::http::{App, Call, Holder, Route};
use crate::ids::RequestId;
use crate::routes::{contract, routes};

/// The parts of the server, and the routes by operation.
pub struct Stage {
    /// The server's parts.
    pub app: App,
    routes: HashMap<&'static str, Route>,
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
    /// A stage in front of `app`.
    #[must_use]
    pub fn new(app: App) -> Self {
        let document = std::sync::Arc::new(contract());
        let routes = routes(&document).into_iter().map(|route| (route.operation, route)).collect();
        Self { app, routes }
    }

    /// Calls `operation` as `officer`, or as nobody.
    ///
    /// # Errors
    /// What the operation refuses, with its faults in the operator's words.
    pub async fn call(
        &self,
        officer: Option<&Officer>,
        operation: &'static str,
        path: &[(&str, &str)],
        body: Value,
    ) -> Result<Told> {
        self.call_guarded(officer, operation, path, body, None).await
    }

    /// The same, naming the version that is changed.
    ///
    /// # Errors
    /// What the operation refuses, with its faults in the operator's words.
    pub async fn call_guarded(
        &self,
        officer: Option<&Officer>,
        operation: &'static str,
        path: &[(&str, &str)],
        body: Value,
        etag: Option<String>,
    ) -> Result<Told> {
        let route = self
            .routes
            .get(operation)
            .ok_or_else(|| Error::internal(format!("there is no operation {operation}")))?;
        let now = self.app.clock.now();
        let mut context = Context::of_command(operation, now);
        context.request = RequestId::new(now);
        context.caller = officer.map_or(Caller::Nobody, |officer| Caller::Officer(officer.clone()));
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

    /// Signs in.
    ///
    /// # Errors
    /// When the sign-in fails.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Officer> {
        let body = json!({ "email": email, "password": password });
        let tokens = self.call(None, "login", &[], body).await?;
        let token = tokens.text("access_token");
        let now = self.app.clock.now();
        let claims = self.app.tokens.verify(&token, now).map_err(Error::internal)?;
        let holder = Holder::from(&claims);
        let (context, resolve) = (Context::of_command("demo", now), self.app.resolve);
        let resolved = self.app.db.read(&context, move |view| resolve(view, holder, 60)).await?;
        let resolved = resolved.ok_or_else(|| Error::internal(format!("{email} cannot act")))?;
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
