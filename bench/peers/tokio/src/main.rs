//! Echo on tokio's current-thread runtime, one task for each connection.
//!
//!     echo-tokio [--lines] [--udp] [--port N | --unix PATH]

use std::io::Result;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{TcpListener, UdpSocket, UnixListener};

const BUFFER_BYTES: usize = 100 * 1024;

async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> Result<()> {
    let mut buffer = vec![0; 4096];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..n]).await?;
        if n == buffer.len() && n < BUFFER_BYTES {
            buffer = vec![0; 4 * n];
        }
    }
}

async fn echo_lines<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Result<()> {
    let (read, write) = tokio::io::split(stream);
    let (mut reader, mut writer) = (BufReader::new(read), BufWriter::new(write));
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await? > 0 {
        writer.write_all(&line).await?;
        line.clear();
        if reader.buffer().is_empty() {
            writer.flush().await?;
        }
    }
    Ok(())
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, lines: bool) -> Result<()> {
    if lines {
        echo_lines(stream).await
    } else {
        echo(stream).await
    }
}

async fn run(args: Vec<String>) -> Result<()> {
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1).cloned());
    let lines = args.iter().any(|a| a == "--lines");
    let address = format!("127.0.0.1:{}", value("--port").unwrap_or("0".into()));
    if args.iter().any(|a| a == "--udp") {
        let socket = UdpSocket::bind(&address).await?;
        println!("listening {}", socket.local_addr()?.port());
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let (n, from) = socket.recv_from(&mut buffer).await?;
            socket.send_to(&buffer[..n], from).await?;
        }
    }
    if let Some(path) = value("--unix") {
        let listener = UnixListener::bind(&path)?;
        println!("listening {path}");
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(async move { serve(stream, lines).await });
        }
    }
    let listener = TcpListener::bind(&address).await?;
    println!("listening {}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move { serve(stream, lines).await });
    }
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(run(std::env::args().skip(1).collect()))
}
