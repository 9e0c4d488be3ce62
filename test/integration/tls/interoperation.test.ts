/**
 * Our TLS against others': Node's own, the openssl command, curl. In both roles, each side in a process of
 * its own.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as nodeTls from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ca, certificatePath, identity } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { type Program, startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';

const folder = 'test/integration/tls/programs';
const has = (command: string, argument: string): boolean => spawnSync(command, [argument]).status === 0;
const hasOpenssl = has('openssl', 'version');
const hasCurl = has('curl', '--version');

async function startEchoServer(...args: string[]): Promise<{ program: Program; port: number }> {
  const program = startProgram(`${folder}/echo-server.ts`, { args });
  const line = await program.waitForLine(/^listening on/);
  return { program, port: Number(line.split(' ').at(-1)) };
}

async function runClient(port: number, byteCount: number, ...options: string[]): Promise<readonly string[]> {
  const program = startProgram(`${folder}/client.ts`, { args: [`${port}`, `${byteCount}`, ...options] });
  await program.waitForExit();
  return program.lines;
}

/** A line, then `data`, to an echo server; what comes back. */
async function talk(socket: nodeTls.TLSSocket, data: Buffer): Promise<Buffer> {
  await once(socket, 'secureConnect');
  const parts: Buffer[] = [];
  let size = 0;
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size === data.length) socket.end();
  });
  socket.write(data);
  await once(socket, 'close');
  return Buffer.concat(parts);
}

describe("Node's tls", () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('as a client of our server, %s', async (maxVersion) => {
    const { program, port } = await startEchoServer();
    const data = Buffer.concat([Buffer.from('line\n'), Buffer.alloc(2_000_000, 'bytes')]);
    const options = { port, host: '127.0.0.1', servername: 'localhost', ca, maxVersion };
    const socket = nodeTls.connect({ ...options, ALPNProtocols: ['http/1.1'] });
    onTeardown(() => void socket.destroy());
    let session: Buffer | undefined;
    socket.on('session', (latest: Buffer) => {
      session = latest;
    });
    expect((await talk(socket, data)).equals(data)).toBe(true);
    expect(await program.waitForLine(/^connection/)).toBe(
      `connection ${maxVersion} http/1.1 localhost new nobody`,
    );
    await program.waitForLine(/^closed in order/);
    const again = nodeTls.connect({ ...options, session });
    onTeardown(() => void again.destroy());
    let reused = false;
    again.once('secureConnect', () => {
      reused = again.isSessionReused();
    });
    await talk(again, Buffer.from('x\n'));
    expect(reused).toBe(true);
    await program.waitForLine(/resumed/);
  });

  test('as a client that names another server', async () => {
    const { port } = await startEchoServer();
    const socket = nodeTls.connect({ port, host: '127.0.0.1', servername: 'api.test', ca });
    onTeardown(() => void socket.destroy());
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().subject.CN).toBe('api');
  });

  test('as a client with a certificate', async () => {
    const { program, port } = await startEchoServer('--client-certificates');
    const socket = nodeTls.connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      ...identity('client'),
    });
    onTeardown(() => void socket.destroy());
    await talk(socket, Buffer.from('x\n'));
    expect(await program.waitForLine(/^connection/)).toMatch(/ client$/);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('as a server for our client, %s', async (maxVersion) => {
    const options = { ...identity('server'), ca, requestCert: true, maxVersion, ALPNProtocols: ['http/1.1'] };
    const clients: unknown[] = [];
    const server = nodeTls.createServer(options, (socket) => {
      clients.push(socket.getPeerCertificate().subject.CN);
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    onTeardown(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const visit = (how: string): string[] => [
      `connected ${maxVersion} http/1.1 ${how} server`,
      'line hello',
      'echoed 2000000 equal',
      'closed in order',
    ];
    expect(await runClient(port, 2_000_000, '--certificate', '--resume')).toEqual([
      ...visit('new'),
      ...visit('resumed'),
    ]);
    expect(clients[0]).toBe('client');
  });
});

describe.runIf(hasOpenssl)('the openssl command', () => {
  test('s_client on our server', async () => {
    const { program, port } = await startEchoServer();
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      'localhost',
      '-alpn',
      'http/1.1',
    ];
    const child = spawn('openssl', [
      ...args,
      '-CAfile',
      certificatePath('ca.pem'),
      '-verify_return_error',
      '-quiet',
    ]);
    onTeardown(() => void child.kill('SIGKILL'));
    child.stdin.write('over and back\n');
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    expect(answer.toString()).toBe('over and back\n');
    child.stdin.end();
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(await program.waitForLine(/^connection/)).toBe('connection TLSv1.3 http/1.1 localhost new nobody');
  });

  test('a client that renegotiates is refused', async () => {
    const { port } = await startEchoServer();
    const child = spawn('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-tls1_2',
      '-servername',
      'localhost',
    ]);
    onTeardown(() => void child.kill('SIGKILL'));
    let output = '';
    child.stderr.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await once(child.stdout, 'data');
    child.stdin.write('R\n');
    await once(child, 'close');
    expect(output).toMatch(/no renegotiation|alert|handshake failure/i);
  });

  test('s_server for our client', async () => {
    const port = await freePort();
    const args = ['s_server', '-accept', `127.0.0.1:${port}`, '-rev', '-alpn', 'http/1.1'];
    const files = ['-cert', certificatePath('server.pem'), '-key', certificatePath('server-key.pem')];
    const child = spawn('openssl', [...args, ...files]);
    onTeardown(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const lines = await runClient(port, 0);
    expect(lines).toEqual([
      'connected TLSv1.3 http/1.1 new server',
      'line olleh',
      'echoed 0 equal',
      'closed in order',
    ]);
  });

  test('s_server whose certificate is not for us', async () => {
    const port = await freePort();
    const files = ['-cert', certificatePath('api.pem'), '-key', certificatePath('api-key.pem')];
    const child = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-rev', ...files]);
    onTeardown(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await once(child.stdout, 'data');
    expect((await runClient(port, 0))[0]).toMatch(/^failed ERR_TLS_CERT_ALTNAME_INVALID /);
    // The server was told why.
    await expect
      .poll(() => output, { timeout: 5000 })
      .toMatch(/alert bad certificate|alert certificate unknown/);
  });
});

describe.runIf(hasCurl)('curl', () => {
  const curl = async (port: number, host: string, authority: string): Promise<string> => {
    const args = [
      '-sS',
      '--noproxy',
      '*',
      '--cacert',
      certificatePath(authority),
      '--resolve',
      `${host}:${port}:127.0.0.1`,
    ];
    const { stdout } = await promisify(execFile)('curl', [...args, `https://${host}:${port}/`], {
      timeout: 10_000,
    });
    return stdout;
  };

  test('gets a page from our server', async () => {
    const { program, port } = await startEchoServer();
    expect(await curl(port, 'localhost', 'ca.pem')).toBe('over TLS\n');
    expect(await program.waitForLine(/^connection/)).toMatch(/^connection TLSv1.3 http\/1.1 localhost/);
    await program.waitForLine(/^closed in order/);
  });

  test('refuses our server when it does not trust it', async () => {
    const { port } = await startEchoServer();
    await expect(curl(port, 'localhost', 'self-signed.pem')).rejects.toThrow(/certificate/i);
    // And the server goes on.
    expect(await curl(port, 'localhost', 'ca.pem')).toBe('over TLS\n');
  });
});
