/**
 * A server of odd responses: `/odd/N` is answered with the Nth of them. It prints its port, and ends with its
 * stdin.
 */
import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type OddResponse, oddResponse } from '../odd-responses.ts';

const LOOP = 'HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n';

function responseTo(path: string, host: string): OddResponse {
  const number = /^\/odd\/(\d+)$/.exec(path)?.[1];
  if (number !== undefined) return oddResponse(Number(number), host);
  if (path === '/loop') return { pieces: [Buffer.from(LOOP)], closes: false };
  const body = `you asked for ${path}\n`;
  const text = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  return { pieces: [Buffer.from(text)], closes: false };
}

async function answer(socket: Socket, head: string): Promise<void> {
  const path = /^\S+ (\S+)/.exec(head)?.[1] ?? '/';
  const host = /^host: (\S+)/im.exec(head)?.[1] ?? '';
  const { pieces, closes } = responseTo(path, host);
  for (const piece of pieces) {
    socket.write(piece);
    // A packet of its own.
    await turn();
  }
  if (closes) socket.end();
}

const server = createServer((socket) => {
  let received = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
    if (!received.includes('\r\n\r\n')) return;
    const head = received;
    received = '';
    answer(socket, head).catch((error: unknown) => socket.destroy(error as Error));
  });
});
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as { port: number }).port}`));
process.stdin.on('close', () => process.exit()).resume();
