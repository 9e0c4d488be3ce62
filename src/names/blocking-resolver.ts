import type { ResolveHost } from '../addresses/host.ts';
import { noSuchName } from '../kernel/gai-error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressQuery } from './address-query.ts';
import { lookUpAddresses } from './blocking-lookup.ts';

/**
 * Finds addresses of names for the calls of a synchronous socket, as Python does: the first one of the
 * socket's family. Blocks until the resolver has answered.
 */
export function hostResolver(kernel: Kernel): ResolveHost {
  return (call, host, familyName) => {
    const { constants } = kernel;
    const family = constants[familyName];
    // A type, so that each address comes once.
    const query = addressQuery(call, host, null, { family, type: constants.SOCK_STREAM });
    const [info] = lookUpAddresses(kernel, query);
    if (info === undefined) throw noSuchName(constants, 'getaddrinfo', host);
    const [text, , , scopeId] = info[4];
    return { text, scopeId: scopeId ?? 0 };
  };
}
