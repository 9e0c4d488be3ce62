/**
 * Asking the resolver and waiting for its answer, on this thread. The resolver works on a thread of its own
 * all the same: the wait here is cut in slices, so that a worker can be terminated and a process ended while
 * a name server is dead.
 */

import { type Kernel, type NameLookups, READABLE } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { waitUntilReady } from '../kernel/waits.ts';
import { type AddressInfo, type AddressQuery, encodeQuery } from './address-query.ts';
import { answerAtOnce } from './literal-lookup.ts';
import { decodeAddresses, decodeNames, type NameInfo, takeAnswer } from './lookup-answer.ts';
import type { NameQuery } from './name-query.ts';

function ask(kernel: Kernel, syscall: string, start: (lookups: NameLookups) => number): Uint8Array {
  const lookups = kernel.names.openLookups();
  try {
    check(start(lookups), syscall);
    for (;;) {
      const answer = takeAnswer(lookups);
      if (answer !== null) return answer.bytes;
      waitUntilReady(kernel, lookups.fd, READABLE, Number.POSITIVE_INFINITY);
    }
  } finally {
    lookups.close();
  }
}

/**
 * The addresses of a name; blocks until the resolver has answered.
 *
 * @throws {GaiError} the name has no address, or the resolver cannot say.
 * @throws {OSError} EMFILE, and EAGAIN when no thread can be started.
 */
export function lookUpAddresses(kernel: Kernel, query: AddressQuery): AddressInfo[] {
  const known = answerAtOnce(kernel, query);
  if (known !== null) return known;
  const { host, service, hints } = encodeQuery(kernel.constants, query);
  const answer = ask(kernel, 'getaddrinfo', (lookups) => lookups.getaddrinfo(host, service, hints));
  return decodeAddresses(kernel.constants, answer, query);
}

/** The names of an address; blocks until the resolver has answered. Errors as {@link lookUpAddresses}. */
export function lookUpNames(kernel: Kernel, query: NameQuery): NameInfo {
  const { host, record, recordByteCount, flags } = query;
  const answer = ask(kernel, 'getnameinfo', (lookups) => lookups.getnameinfo(record, recordByteCount, flags));
  return decodeNames(kernel.constants, answer, host);
}
