//! Echo over TLS: rustls on tokio's current-thread runtime, one task for each connection.
//!
//!     echo-tokio-tls [--port N] --cert FILE --key FILE

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Result};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::{Certificate, PrivateKey, ServerConfig};
use tokio_rustls::TlsAcceptor;

const BUFFER_BYTES: usize = 100 * 1024;

async fn echo(acceptor: TlsAcceptor, stream: TcpStream) -> Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..n]).await?;
        stream.flush().await?;
        if n == buffer.len() && n < BUFFER_BYTES {
            buffer = vec![0; 4 * n];
        }
    }
}

fn configuration(cert: &str, key: &str) -> Result<ServerConfig> {
    let certs = rustls_pemfile::certs(&mut BufReader::new(File::open(cert)?))?;
    let keys = rustls_pemfile::pkcs8_private_keys(&mut BufReader::new(File::open(key)?))?;
    let key = keys.into_iter().next().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "no key in PKCS #8"))?;
    ServerConfig::builder()
        .with_safe_defaults()
        .with_no_client_auth()
        .with_single_cert(certs.into_iter().map(Certificate).collect(), PrivateKey(key))
        .map_err(|error| Error::new(ErrorKind::InvalidInput, error))
}

async fn run(args: Vec<String>) -> Result<()> {
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1).cloned());
    let needed = |name: &str| value(name).ok_or_else(|| Error::new(ErrorKind::InvalidInput, format!("{name} is needed")));
    let acceptor = TlsAcceptor::from(Arc::new(configuration(&needed("--cert")?, &needed("--key")?)?));
    let listener = TcpListener::bind(format!("127.0.0.1:{}", value("--port").unwrap_or("0".into()))).await?;
    println!("listening {}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(echo(acceptor.clone(), stream));
    }
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(run(std::env::args().skip(1).collect()))
}
