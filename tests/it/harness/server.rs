//! A running server: bound to a free port, on a thread with an actix system of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::rt::System;
use passage::app::Stopper;
use passage::clock::ManualClock;
use passage::config::Config;
use passage::http::App;

/// A running server; it ends when this is dropped.
pub struct Server {
    /// Its parts.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server.
    pub fn start(config: Config, clock: Arc<ManualClock>) -> Self {
        // What the operator would read is shown beside a story that fails.
        let _ = tracing_subscriber::fmt().with_env_filter("error").with_test_writer().try_init();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            System::new().block_on(async move {
                let bound = passage::app::bind(config, clock).unwrap();
                tell.send((bound.app.clone(), bound.address, bound.stopper())).unwrap();
                bound.run().await.unwrap();
            });
        });
        let (app, address, stopper) = told.recv().expect("the server starts");
        Self { app, address, stopper, thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order to stop is given at once; waiting for it is joining the thread.
        drop(self.stopper.stop(false));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server ended in a panic");
        }
    }
}
