//! Logs and metrics. Neither ever carries a token, a password, a name or free text of a case: handlers log operation
//! ids and statuses, and the operator's text of an error.
//!
//! May import: `config`.

use std::net::SocketAddr;

use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error; once per process.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process, as in tests, leaves the first in place.
    let _ = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Serves `/metrics` for Prometheus on a listener of its own, where one is configured.
///
/// # Errors
/// When the address is taken, or metrics are collected already.
pub fn serve_metrics(listen: Option<SocketAddr>) -> Result<(), String> {
    let Some(address) = listen else { return Ok(()) };
    PrometheusBuilder::new()
        .with_http_listener(address)
        .install()
        .map_err(|error| format!("cannot serve metrics on {address}: {error}"))
}
