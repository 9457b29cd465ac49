//! Whether the server is up, and whether it can serve.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::error::Result;
use crate::http::{App, Call};

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `live` or `ready`.
    #[schema(example = "ready")]
    pub status: &'static str,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, ToSchema)]
#[schema(example = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "…", "x": "…"}]}))]
pub struct KeySet {
    /// The keys.
    pub keys: Vec<serde_json::Value>,
}

/// An `OpenAPI` 3.1 document.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object)]
pub struct Document(#[expect(dead_code, reason = "it only names a schema")] serde_json::Value);

/// The process is up.
///
/// # Errors
/// Never.
pub async fn get_liveness(_: App, _: Call) -> Result<Answer> {
    Answer::ok(&Health { status: "live" })
}

/// The server can serve: the database answers, and was found to have every migration when the server started.
///
/// # Errors
/// The database is away.
pub async fn get_readiness(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, _| {
        view.ping()?;
        Answer::ok(&Health { status: "ready" })
    })
    .await
}

/// The keys with which access tokens can be verified (RFC 7517).
///
/// # Errors
/// Never.
pub async fn get_jwks(app: App, call: Call) -> Result<Answer> {
    Answer::ok(&app.tokens.jwks(call.context.now))
}
