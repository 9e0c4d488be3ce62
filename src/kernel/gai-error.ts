/**
 * What the resolver refuses, as an exception. Its numbers (`EAI_…`) are a world of their own beside errno's.
 */

import { getSystemErrorMap } from 'node:util';

import { GaiError, type OSError } from '../base/errors.ts';
import type { SocketConstants } from './kernel.ts';
import { osError } from './os-error.ts';

/** Both mean to a program that there is no such name, and Node has one code for them. */
const NOT_FOUND: readonly string[] = ['EAI_NONAME', 'EAI_NODATA'];

/** Node's number for an `EAI_` name (libuv's invention, the same on every system), or the platform's own. */
function errnoOf(name: string, eai: number): number {
  for (const [number, [known]] of getSystemErrorMap()) if (known === name) return number;
  return -Math.abs(eai);
}

/**
 * The exception for a failed lookup.
 *
 * @param eai the platform's `EAI_` number.
 * @param errno what went wrong when that is `EAI_SYSTEM`, else 0.
 * @param syscall `getaddrinfo` or `getnameinfo`.
 * @param hostname what was asked for.
 * @returns a {@link GaiError}; a plain {@link OSError} for `EAI_SYSTEM`, where a system call failed. Not
 *   thrown.
 */
export function gaiError(
  constants: SocketConstants,
  eai: number,
  errno: number,
  syscall: string,
  hostname: string | null,
): OSError {
  const name =
    Object.keys(constants).find((key) => key.startsWith('EAI_') && constants[key] === eai) ?? `EAI_${eai}`;
  if (name === 'EAI_SYSTEM' && errno !== 0) return osError(errno, syscall, hostname);
  const code = NOT_FOUND.includes(name) ? 'ENOTFOUND' : name;
  const message = `${syscall} ${code}${hostname === null || hostname === '' ? '' : ` ${hostname}`}`;
  const fields = { code, errno: errnoOf(name, eai), syscall, eai, hostname: hostname ?? undefined };
  return new GaiError(message, fields);
}

/** The exception for a name that cannot exist, found without asking anybody. */
export function noSuchName(constants: SocketConstants, syscall: string, hostname: string): OSError {
  return gaiError(constants, constants.EAI_NONAME as number, 0, syscall, hostname);
}
