//! The server's side of TLS.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use rustls::{ServerConfig, ServerConnection};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream},
    net::TcpStream,
};

/// What bytes go over, protected or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// How much is read at a time, in bytes.
const PIECE: usize = 16 * 1024;

/// Takes a connection's other end through the handshake and from then on turns what comes in TLS into what
/// comes out here, and back. Where the handshake fails, the end of this is reached.
pub(super) fn accept(outside: TcpStream, config: Arc<ServerConfig>) -> io::Result<DuplexStream> {
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let (here, inside) = tokio::io::duplex(PIECE);
    tokio::spawn(async move {
        // Whatever goes wrong shows as the end of the connection.
        let _ = pump(outside, inside, session).await;
    });
    Ok(here)
}

async fn pump(
    mut outside: TcpStream,
    mut inside: DuplexStream,
    mut session: ServerConnection,
) -> io::Result<()> {
    let mut sealed = vec![0; PIECE];
    let mut open = vec![0; PIECE];
    loop {
        flush(&mut outside, &mut session).await?;
        tokio::select! {
            read = outside.read(&mut sealed) => {
                let mut rest = &sealed[..read?];
                if rest.is_empty() {
                    return Ok(());
                }
                while !rest.is_empty() {
                    session.read_tls(&mut rest)?;
                    let state = match session.process_new_packets() {
                        Ok(state) => state,
                        Err(error) => {
                            // The alert says why.
                            flush(&mut outside, &mut session).await?;
                            return Err(io::Error::other(error));
                        }
                    };
                    let mut found = vec![0; state.plaintext_bytes_to_read()];
                    session.reader().read_exact(&mut found)?;
                    inside.write_all(&found).await?;
                }
            }
            read = inside.read(&mut open) => {
                let read = read?;
                if read == 0 {
                    session.send_close_notify();
                    flush(&mut outside, &mut session).await?;
                    return outside.shutdown().await;
                }
                session.writer().write_all(&open[..read])?;
            }
        }
    }
}

async fn flush(outside: &mut TcpStream, session: &mut ServerConnection) -> io::Result<()> {
    while session.wants_write() {
        let mut sealed = Vec::new();
        session.write_tls(&mut sealed)?;
        outside.write_all(&sealed).await?;
    }
    Ok(())
}
