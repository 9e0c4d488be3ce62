/** What the options of connections and servers have to be: a wrong one throws, where it would do nothing. */

import { inspect } from 'node:util';

/** What an option has to be, and how the message says it. */
interface Kind {
  readonly what: string;
  accepts(value: unknown): boolean;
}

const yesOrNo: Kind = { what: 'true or false', accepts: (value) => typeof value === 'boolean' };

const number: Kind = { what: 'a number', accepts: (value) => typeof value === 'number' };

const milliseconds: Kind = { ...number, what: 'a number of milliseconds' };

/** Those that nothing else checks, or not before something is done. */
const kinds: Readonly<Record<string, Kind>> = {
  allErrors: yesOrNo,
  allowBroadcast: yesOrNo,
  backlog: number,
  cleanupSocket: yesOrNo,
  happyEyeballsDelayMs: milliseconds,
  host: { what: 'a name or an address, of a server also a list of them', accepts: isHost },
  interleave: number,
  keepAlive: yesOrNo,
  localAddr: { what: "[host, port], such as ['127.0.0.1', 0]", accepts: isHostAndPort },
  path: {
    what: "text or bytes, such as '/run/my.sock'",
    accepts: (value) => typeof value === 'string' || value instanceof Uint8Array,
  },
  reuseAddress: yesOrNo,
  reusePort: yesOrNo,
  serverSide: yesOrNo,
  sslHandshakeTimeoutMs: milliseconds,
  sslShutdownTimeoutMs: milliseconds,
  startServing: yesOrNo,
  suppressRaggedEofs: yesOrNo,
  takeUnread: yesOrNo,
};

function isHost(value: unknown): boolean {
  return typeof value === 'string' || Array.isArray(value);
}

function isHostAndPort(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2;
}

/**
 * Options that are left out may also be `null`, as in asyncio's `None`.
 * @param call the name of what the user has called
 * @throws TypeError that names the option, and what it has to be
 */
export function requireOptionKinds(call: string, options: object): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value = (options as Readonly<Record<string, unknown>>)[name] ?? null;
    if (value === null || kind.accepts(value)) continue;
    throw new TypeError(`${call}: ${name} must be ${kind.what}, got ${inspect(value)}`);
  }
}
