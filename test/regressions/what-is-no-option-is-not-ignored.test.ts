/**
 * Python takes a family, a descriptor and much else by its place. Here options stand there, and what was none
 * was ignored: the wrong addresses were answered, and another socket was opened. So was a yes that is no
 * boolean.
 */
import { expect, test } from 'vitest';
import {
  AF_INET,
  AF_INET6,
  createConnection,
  createServer,
  fromfd,
  getaddrinfo,
  SOCK_STREAM,
  Socket,
} from '../../src/socket.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

const here = ['127.0.0.1', 0] as const;

const wrong: [call: string, act: () => unknown, message: string][] = [
  [
    'getaddrinfo',
    () => getaddrinfo('127.0.0.1', 80, AF_INET as never),
    `an object of options was expected, got ${AF_INET}. Leave it out, or write getaddrinfo(host, port, { family: AF_INET })`,
  ],
  [
    'Socket with a descriptor',
    () => new Socket(AF_INET, SOCK_STREAM, 0, 3 as never),
    'Socket: an object of options was expected, got 3.',
  ],
  ['Socket with null', () => new Socket(AF_INET, SOCK_STREAM, 0, null as never), 'got null'],
  ['createServer with null', () => createServer(here, null as never), 'createServer: an object of options'],
  [
    'createServer with reusePort',
    () => createServer(here, { reusePort: 1 as never }),
    'createServer: expected a boolean as reusePort, got 1',
  ],
  [
    'createServer with dualstackIpv6',
    () => createServer(['::', 0], { family: AF_INET6, dualstackIpv6: 'yes' as never }),
    "createServer: expected a boolean as dualstackIpv6, got 'yes'",
  ],
  [
    'createConnection with a time-out',
    () => createConnection(here, 1000 as never),
    'createConnection: an object of options was expected, got 1000',
  ],
  [
    'createConnection with allErrors',
    () => createConnection(here, { allErrors: 1 as never }),
    'createConnection: expected a boolean as allErrors, got 1',
  ],
];

test.each(wrong)('%s', (_call, act, message) => {
  expect(act).toThrow(TypeError);
  expect(act).toThrow(message);
});

test('loop.getaddrinfo', () => {
  const { loop } = realLoop();
  expect(() => loop.getaddrinfo('127.0.0.1', 80, AF_INET as never)).toThrow('an object of options');
});

test('what a descriptor is said to be', () => {
  const sock = new Socket();
  onTeardown(() => sock.close());
  expect(() => fromfd(sock.fileno(), 'AF_INET' as never)).toThrow("a number as family, got 'AF_INET'");
  expect(() => fromfd(sock.fileno(), AF_INET, 'tcp' as never)).toThrow("a number as type, got 'tcp'");
});
