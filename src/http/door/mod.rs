//! The door: which connections are let in, over what line, and when they are closed.
//!
//! Invariants: nobody holds a connection by being slow, whether in the handshake of TLS, in the head of a request, in a
//! body or in taking an answer; nobody holds more of them than is his or her share.
//!
//! May import: `config`, `credentials`, and the rest of `http`.

mod admission;
mod certificates;
mod line;
mod traffic;
mod wire;

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Protocol};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::App as ActixApp;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, DefaultHeaders, Next, from_fn};
use actix_web::web::ServiceConfig;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use admission::Admission;
pub use certificates::{CertificateFault, Certificates, keep};
use line::Line;
use traffic::{Taken, Traffic};
use wire::Wire;

/// What the system keeps of an answer that the client has not taken, in bytes. What is more waits here, and is seen.
const SEND_BUFFER: usize = 128 * 1024;
/// How long what a client still sends is listened to, when its connection is closed.
const LINGER: Duration = Duration::from_secs(2);
/// For how long browsers are to come back over TLS only: two years.
const TLS_ONLY: &str = "max-age=63072000; includeSubDomains";

/// Serves what `routes` mounts, to whoever comes to `listener`.
///
/// # Errors
/// When the system refuses.
pub fn open<F, M>(
    listener: TcpListener,
    config: &Arc<Config>,
    tls: Option<Arc<ServerConfig>>,
    workers: usize,
    routes: F,
) -> std::io::Result<Server>
where
    F: Fn() -> M + Send + Clone + 'static,
    M: FnOnce(&mut ServiceConfig) + 'static,
{
    socket2::SockRef::from(&listener).set_send_buffer_size(SEND_BUFFER)?;
    give_up_stalled(&listener, config.feed.stalled)?;
    let builder = ServerBuilder::new()
        .workers(workers)
        .max_concurrent_connections(config.limits.connections.saturating_add(1))
        .shutdown_timeout(config.server.shutdown_grace.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let keeper = Keeper { config: config.clone(), tls, admission: Admission::new(config) };
    let tls_only = config.public_url().starts_with("https://");
    let limits = config.limits.clone();
    let services = move || {
        let (keeper, stopping, routes) = (keeper.clone(), stopping.clone(), routes.clone());
        let app = move || {
            let header = DefaultHeaders::new().add(("strict-transport-security", TLS_ONLY));
            ActixApp::new()
                .wrap(Condition::new(tls_only, header))
                .wrap(from_fn(count))
                .configure(routes())
        };
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(limits.idle))
            .client_request_timeout(limits.head)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|wire: &Wire, data| {
                data.insert(wire.traffic().clone());
            })
            .finish(map_config(
                app().into_factory().map_err(|error: actix_web::Error| error.error_response()),
                |()| AppConfig::default(),
            ))
            .map_err(|_| ());
        fn_service(move |io: TcpStream| {
            let keeper = keeper.clone();
            async move { keeper.receive(io).await.ok_or(()) }
        })
        .and_then(http)
    };
    Ok(builder.listen("passage", listener, services)?.run())
}

/// Gives up connections whose client takes nothing of what waits for it: the kernel then ends them, and with them the
/// stream. Accepted connections inherit this from the listener. Elsewhere than on Linux the system's own times count.
fn give_up_stalled(listener: &TcpListener, after: Duration) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(listener).set_tcp_user_timeout(Some(after))?;
    Ok(())
}

/// Receives connections.
#[derive(Clone)]
struct Keeper {
    config: Arc<Config>,
    tls: Option<Arc<ServerConfig>>,
    admission: Arc<Admission>,
}

impl Keeper {
    /// The wire to whoever has come; none when there are too many, or no TLS comes about in time.
    async fn receive(
        &self,
        io: TcpStream,
    ) -> Option<(Wire, Protocol, Option<std::net::SocketAddr>)> {
        let limits = &self.config.limits;
        let peer = io.peer_addr().ok()?;
        let Some(ticket) = self.admission.admit(peer.ip()) else {
            metrics::counter!("passage_connections_refused_total").increment(1);
            let _ = socket2::SockRef::from(&io).set_linger(Some(Duration::ZERO));
            return None;
        };
        let _ = io.set_nodelay(true);
        let traffic = Traffic::new(limits.slow, limits.idle);
        let line = Line::new(io, limits.slow, traffic, ticket);
        let Some(protocol) = &self.tls else {
            return Some((Wire::Open(line), Protocol::Http1, Some(peer)));
        };
        let handshake = TlsAcceptor::from(protocol.clone()).accept(line);
        let sealed = tokio::time::timeout(limits.head, handshake).await.ok()?.ok()?;
        let spoken = match sealed.get_ref().1.alpn_protocol() {
            Some(b"h2") => Protocol::Http2,
            _ => Protocol::Http1,
        };
        Some((Wire::Sealed(Box::new(sealed)), spoken, Some(peer)))
    }
}

/// Counts a request as under way until the client has taken its answer.
fn count<B: MessageBody + Unpin + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> impl Future<Output = Result<ServiceResponse<Taken<B>>, actix_web::Error>> {
    let exchange = request.conn_data::<Traffic>().map(Traffic::begin);
    async move {
        let response = next.call(request).await?;
        Ok(response.map_body(|_, body| Taken::new(body, exchange)))
    }
}
