/**
 * TLS echo: our client, openssl's and Node's with our server; our client with openssl's server. Certificates
 * are made here.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';
import { onTeardown } from '../../support/teardown.ts';
import {
  connectClient,
  countingBytes,
  hasCommand,
  type Server,
  startServer,
  until,
} from './server-process.ts';

const SERVER = 'examples/echo/tls-echo-server.ts';
const hasOpenssl = hasCommand('openssl');
const directory = mkdtempSync(join(tmpdir(), 'selectloop-'));
const key = join(directory, 'key.pem');
const cert = join(directory, 'cert.pem');

beforeAll(() => {
  if (hasOpenssl) {
    const made = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
    const extension = ['-addext', 'subjectAltName=DNS:localhost'];
    const args = ['req', '-x509', ...made.split(' '), ...extension, '-keyout', key, '-out', cert];
    execFileSync('openssl', args, { stdio: 'ignore' });
  }
  return () => rmSync(directory, { recursive: true });
});

const startTlsServer = (): Promise<Server> => startServer(SERVER, { env: { KEY: key, CERT: cert } });

/** Runs our client to its end. */
async function echo(port: number, env: Record<string, string>, ...lines: string[]): Promise<unknown> {
  const program = startProgram('examples/echo/tls-echo-client.ts', {
    args: lines,
    env: { PORT: String(port), ...env },
  });
  const exitCode = await program.waitForExit();
  return { exitCode, lines: program.lines, stderr: program.stderr };
}

describe.runIf(hasOpenssl)('TLS echo', () => {
  test('our client and our server', async () => {
    const { port, program } = await startTlsServer();
    expect(await echo(port, { CA: cert }, 'hello', 'wörld')).toEqual({
      exitCode: 0,
      lines: ['hello', 'wörld'],
      stderr: '',
    });
    expect(program.stderr).toBe('');
  });

  test('our client does not talk to whom it does not trust', async () => {
    const { port, program } = await startTlsServer();
    const unknown = (await echo(port, {}, 'secret')) as { stderr: string };
    expect(unknown).toMatchObject({ exitCode: 1, lines: [] });
    expect(unknown.stderr).toMatch(/self-signed certificate/);
    const elsewhere = (await echo(port, { CA: cert, HOST: '127.0.0.1' }, 'secret')) as { stderr: string };
    expect(elsewhere).toMatchObject({ exitCode: 1, lines: [] });
    expect(elsewhere.stderr).toMatch(/127\.0\.0\.1/);
    expect(await echo(port, { CA: cert }, 'still there')).toMatchObject({ lines: ['still there'] });
    expect(program.stderr).not.toContain('secret');
  });

  test('openssl s_client', async () => {
    const { port } = await startTlsServer();
    const args = [
      's_client',
      '-connect',
      `localhost:${port}`,
      '-CAfile',
      cert,
      '-verify_return_error',
      '-quiet',
    ];
    const client = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    onTeardown(() => void client.kill('SIGKILL'));
    let text = '';
    client.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    client.stdin.write('from openssl\n');
    await until(() => text === 'from openssl\n', `echo, got '${text}'`);
    client.kill();
    await once(client, 'close');
  });

  test('8 MB from Node come back in order', async () => {
    const { port, program } = await startTlsServer();
    const client = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: readFileSync(cert),
    });
    onTestFinished(() => void client.destroy());
    await once(client, 'secureConnect');
    const sent = countingBytes(8 << 20);
    const got: Buffer[] = [];
    let missing = sent.length;
    client.on('data', (data: Buffer) => {
      got.push(data);
      missing -= data.length;
    });
    client.write(sent);
    await until(() => missing <= 0, 'all of it');
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    client.end();
    await once(client, 'close');
    expect(program.stderr).toBe('');
  });

  test('a client that speaks no TLS is shown out; the others go on', async () => {
    const { port, program } = await startTlsServer();
    const plain = await connectClient(port);
    plain.resume().write('GET / HTTP/1.0\r\n\r\n');
    await Promise.race([once(plain, 'end'), once(plain, 'close')]).catch(() => {});
    expect(await echo(port, { CA: cert }, 'hello')).toMatchObject({ exitCode: 0, lines: ['hello'] });
    expect(program.stderr).toBe('');
  });

  test('Ctrl-C with a client connected ends the server with 130', async () => {
    const { port, program } = await startTlsServer();
    const client = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(cert) });
    onTestFinished(() => void client.destroy());
    await once(client, 'secureConnect');
    client.write('hello');
    // Not before: the server may be in the middle of the handshake, which it then breaks off.
    await once(client, 'data');
    const ended = once(client, 'end');
    program.child.kill('SIGINT');
    await ended;
    expect(await program.waitForExit()).toBe(130);
    expect(program.stderr).toBe('');
  });

  test('no certificate, no server: an error that names the file', async () => {
    const program = startProgram(SERVER, {
      env: { KEY: join(directory, 'none.pem'), CERT: cert, PORT: '0' },
    });
    expect(await program.waitForExit()).toBe(1);
    expect(program.stderr).toContain("ENOENT: no such file or directory, open '");
  });
});

test.skipIf(hasOpenssl)('TLS echo needs the openssl command for its certificates', ({ skip }) => {
  skip('openssl is not installed');
});
