//! What the bytes of one client go through: its line, as it is or under TLS.
//!
//! May import: `http::door::line`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use super::line::Line;
use super::traffic::Traffic;

/// What the bytes of one client go through.
#[derive(Debug)]
pub(super) enum Wire {
    /// As they are.
    Open(Line),
    /// Under TLS.
    Sealed(Box<TlsStream<Line>>),
}

impl Wire {
    /// What goes on on it.
    pub(super) fn traffic(&self) -> &Traffic {
        match self {
            Self::Open(line) => line.traffic(),
            Self::Sealed(sealed) => sealed.get_ref().0.traffic(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(line) => Pin::new(line).poll_read(context, buffer),
            Self::Sealed(sealed) => Pin::new(sealed).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Open(line) => Pin::new(line).poll_write(context, buffer),
            Self::Sealed(sealed) => Pin::new(sealed).poll_write(context, buffer),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Open(line) => Pin::new(line).poll_write_vectored(context, buffers),
            Self::Sealed(sealed) => Pin::new(sealed).poll_write_vectored(context, buffers),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Open(line) => line.is_write_vectored(),
            Self::Sealed(sealed) => sealed.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(line) => Pin::new(line).poll_flush(context),
            Self::Sealed(sealed) => Pin::new(sealed).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Open(line) => Pin::new(line).poll_shutdown(context),
            Self::Sealed(sealed) => Pin::new(sealed).poll_shutdown(context),
        }
    }
}
