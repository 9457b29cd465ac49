//! Logs and metrics. Neither ever carries a token, a password, a name or free text of a case: handlers log operation
//! ids and statuses, and the operator's text of an error.
//!
//! May import: `config`.

use std::net::SocketAddr;

use metrics_exporter_prometheus::PrometheusBuilder;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error; once per process. Whatever the settings say, the finest words of libraries (`trace`)
/// are not logged: some of them print what they were given, such as what a passkey signed.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let discreet =
        filter_fn(|said| *said.level() != Level::TRACE || said.target().starts_with("passage"));
    let logging = tracing_subscriber::registry().with(filter).with(discreet);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // A second start in one process, as in tests, leaves the first in place.
    let _ = match log.format {
        LogFormat::Text => logging.with(lines).try_init(),
        LogFormat::Json => logging.with(lines.json()).try_init(),
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
