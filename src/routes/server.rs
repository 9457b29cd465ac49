//! What the server says of itself.

use crate::http::Method::Get;
use crate::http::{Route, health};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Get,
            "/health/live",
            "get_liveness",
            "Whether the process is up.",
            health::get_liveness,
        )
        .public()
        .gives::<health::Health>(200),
        Route::new(
            Get,
            "/health/ready",
            "get_readiness",
            "Whether the server can serve.",
            health::get_readiness,
        )
        .public()
        .gives::<health::Health>(200),
        Route::new(
            Get,
            "/.well-known/jwks.json",
            "get_jwks",
            "The keys with which access tokens can be verified.",
            health::get_jwks,
        )
        .public()
        .gives::<health::KeySet>(200),
    ]
}
