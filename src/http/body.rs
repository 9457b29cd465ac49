//! The body of a request, read whole: no longer than allowed, and no slower.
//!
//! May import: `config`, `error`.

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Payload;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::config::Limits;
use crate::error::{Error, Result, codes};
use crate::http::patience::Window;

/// The body that `payload` brings.
///
/// # Errors
/// Too large, before anything is read where the length says so; not whole, which is also said to whoever is too slow.
pub(super) async fn read(
    headers: &HeaderMap,
    mut payload: Payload,
    limits: &Limits,
) -> Result<Vec<u8>> {
    let most = limits.body_bytes;
    if announced(headers).is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let mut window = Window::new(limits.slow, Instant::now());
    let mut body = Vec::new();
    loop {
        let arrived = match timeout_at(window.ends(), payload.next()).await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) => chunk.map_err(|_| unreadable())?,
            Err(_) => actix_web::web::Bytes::new(),
        };
        if body.len() + arrived.len() > most {
            return Err(too_large(most));
        }
        body.extend_from_slice(&arrived);
        window.moved(arrived.len());
        if !window.holds(Instant::now()) {
            return Err(unreadable());
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn too_large(most: usize) -> Error {
    Error::new(&codes::TOO_LARGE, format!("The body is larger than {most} bytes."))
}

fn unreadable() -> Error {
    Error::new(&codes::MALFORMED, "The body did not arrive whole, or not in time.")
}
