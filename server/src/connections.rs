//! How many connections there are at once, and how long one may say nothing: whoever opens many and leaves them open
//! must not keep others out (OWASP ASVS 5.0, 2.4.1 and 15.2.2).

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum_server::accept::Accept;
use hyper_util::{rt::TokioExecutor, server::conn::auto::Builder};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Connections in all. Below the thousand files that a process may have open on most systems.
const MOST: usize = 800;
/// Connections from one address: a browser opens six, and an office may share one address.
const MOST_FROM_ONE: usize = 200;
/// How long a connection may say nothing, and how long the first lines of a request may take.
const SILENCE: Duration = Duration::from_secs(60);

/// Sets how long a connection may say nothing. The library would wait for ever.
pub(crate) fn bound(http: &mut Builder<TokioExecutor>) {
    http.http1().header_read_timeout(SILENCE);
    http.http2().keep_alive_interval(SILENCE);
}

/// Lets connections in while there is room, each through what it stands before.
#[derive(Debug, Clone)]
pub(crate) struct Bounded<A> {
    inner: A,
    room: Room,
    /// Proxies, behind whose addresses everybody comes.
    many: Arc<[IpAddr]>,
}

#[derive(Debug, Clone)]
struct Room {
    most: usize,
    most_from_one: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl<A> Bounded<A> {
    pub(crate) fn new(inner: A, proxies: Arc<[IpAddr]>) -> Self {
        let room = Room { most: MOST, most_from_one: MOST_FROM_ONE, open: Arc::default() };
        Self { inner, room, many: proxies }
    }
}

impl Room {
    /// Takes a place for a connection from there; none where all are taken.
    fn take(&self, from: IpAddr, is_proxy: bool) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(&from).copied().unwrap_or_default();
        if open.values().sum::<usize>() >= self.most || (!is_proxy && own >= self.most_from_one) {
            return None;
        }
        open.insert(from, own + 1);
        Some(Place { from, open: Arc::clone(&self.open) })
    }
}

/// A place that a connection has until it is closed.
#[derive(Debug)]
struct Place {
    from: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.from) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.remove(&self.from);
            }
        }
    }
}

impl<A, S> Accept<TcpStream, S> for Bounded<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
    A::Stream: Send,
    A::Service: Send,
{
    type Stream = Placed<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().map(|peer| {
            let from = peer.ip().to_canonical();
            self.room.take(from, from.is_loopback() || self.many.contains(&from))
        });
        match place {
            Ok(Some(place)) => {
                let accepted = self.inner.accept(stream, service);
                Box::pin(async move {
                    let (stream, service) = accepted.await?;
                    Ok((Placed { stream, _place: place }, service))
                })
            }
            Ok(None) => Box::pin(async { Err(io::Error::other("too many connections")) }),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}

/// A connection with its place.
#[derive(Debug)]
pub(crate) struct Placed<S> {
    stream: S,
    _place: Place,
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use axum_server::accept::DefaultAcceptor;
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn one_address_does_not_take_every_place() {
        let room = Room { most: 5, most_from_one: 2, open: Arc::default() };
        let (greedy, other, proxy) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into(), [192, 0, 2, 3].into());
        let mut places: Vec<_> = (0..4).filter_map(|_| room.take(greedy, false)).collect();
        assert_eq!(places.len(), 2);
        places.extend((0..4).filter_map(|_| room.take(proxy, true)));
        assert_eq!(places.len(), 5, "behind a proxy are many, and still no more than there is room for");
        assert!(room.take(other, false).is_none());
        places.clear();
        assert!(room.open.lock().unwrap().is_empty(), "places are given back");
        assert!(room.take(other, false).is_some());
    }

    #[tokio::test]
    async fn a_connection_has_its_place_until_it_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut bounded = Bounded::new(DefaultAcceptor::new(), Arc::default());
        bounded.room.most = 1;
        let mut clients = Vec::new();
        let mut next = async || {
            clients.push(TcpStream::connect(address).await.unwrap());
            bounded.accept(listener.accept().await.unwrap().0, ()).await
        };
        let first = next().await.unwrap();
        let refused = next().await.unwrap_err();
        assert_eq!(refused.to_string(), "too many connections");
        drop(first);
        next().await.unwrap();
    }
}
