"""Echo on asyncio's APIs, on its own loop or on uvloop.

    python3 echo-asyncio.py --api sockets|into|streams|protocol|buffered [--uvloop] [--port N | --unix PATH]
                            [--lines | --udp | --cert FILE --key FILE]
"""

import argparse
import asyncio
import socket
import ssl

BUFFER_BYTES = 100 * 1024


async def echo_sockets(loop, conn):
    with conn:
        while data := await loop.sock_recv(conn, BUFFER_BYTES):
            await loop.sock_sendall(conn, data)


async def echo_into(loop, conn):
    buffer = memoryview(bytearray(BUFFER_BYTES))
    with conn:
        while byte_count := await loop.sock_recv_into(conn, buffer):
            await loop.sock_sendall(conn, buffer[:byte_count])


async def echo_streams(reader, writer):
    while data := await reader.read(BUFFER_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()


async def echo_lines(reader, writer):
    """Lines that came together are answered together: when the reader has to wait for more, the loop gets to its next callback."""
    loop = asyncio.get_running_loop()
    answers = []

    def flush():
        if answers:
            writer.writelines(answers)
            answers.clear()

    while line := await reader.readline():
        answers.append(line)
        if len(answers) == 1:
            loop.call_soon(flush)
        await writer.drain()
    flush()
    writer.close()


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class EchoBuffered(asyncio.BufferedProtocol):
    """One buffer for all connections. A transport may keep what it is given, so that a copy is written."""

    memory = bytearray(BUFFER_BYTES)

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, size_hint):
        return self.memory

    def buffer_updated(self, byte_count):
        self.transport.write(self.memory[:byte_count])


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


def listen(args):
    if args.unix:
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(args.unix)
    else:
        sock = socket.socket(type=socket.SOCK_DGRAM if args.udp else socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", args.port))
    if not args.udp:
        sock.listen(4096)
    sock.setblocking(False)
    return sock


def tls_context(args):
    if not args.cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.cert, args.key)
    return context


async def serve_connections(loop, sock, echo):
    tasks = set()
    while True:
        conn, _ = await loop.sock_accept(sock)
        if conn.family == socket.AF_INET:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = loop.create_task(echo(loop, conn))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def serve_datagrams(loop, sock):
    while True:
        data, address = await loop.sock_recvfrom(sock, BUFFER_BYTES)
        await loop.sock_sendto(sock, data, address)


async def main(args):
    loop = asyncio.get_running_loop()
    sock = listen(args)
    print("listening", args.unix or sock.getsockname()[1], flush=True)
    if args.udp and args.api == "protocol":
        await loop.create_datagram_endpoint(EchoDatagrams, sock=sock)
    elif args.udp:
        await serve_datagrams(loop, sock)
    elif args.api in ("protocol", "buffered"):
        protocol = EchoProtocol if args.api == "protocol" else EchoBuffered
        await loop.create_server(protocol, sock=sock, backlog=4096, ssl=tls_context(args))
    elif args.api == "streams":
        echo = echo_lines if args.lines else echo_streams
        await asyncio.start_server(echo, sock=sock, backlog=4096, ssl=tls_context(args))
    else:
        await serve_connections(loop, sock, echo_into if args.api == "into" else echo_sockets)
    await asyncio.Event().wait()


parser = argparse.ArgumentParser()
parser.add_argument("--api", choices=["sockets", "into", "streams", "protocol", "buffered"], default="streams")
parser.add_argument("--uvloop", action="store_true")
parser.add_argument("--lines", action="store_true")
parser.add_argument("--udp", action="store_true")
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--unix")
arguments = parser.parse_args()
if arguments.uvloop:
    import uvloop

    loop = uvloop.new_event_loop()
else:
    loop = asyncio.new_event_loop()
loop.run_until_complete(main(arguments))
