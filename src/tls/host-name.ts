/** The host that a client wants to talk to, as TLS sends and checks it. */

import { domainToASCII } from 'node:url';
import { nodeModules } from '../base/node-modules.ts';

/** DNS allows 253 characters; TLS sends no more than 255. */
const NAME_LENGTH_MAX = 253;

/** A host in the two forms that TLS has for one. */
export interface HostIdentity {
  /** What the certificate must be for. */
  readonly checked: string;
  /** What is sent to the server; addresses are not (RFC 6066, 3). */
  readonly sent: string;
  readonly isAddress: boolean;
}

/**
 * A host name or address, ready for TLS: names in their ASCII form and without the root's dot, IPv6 addresses without zone.
 * @throws TypeError for what is neither
 */
export function hostIdentity(host: string): HostIdentity {
  if (typeof host !== 'string' || host === '') {
    throw new TypeError('serverHostname: a host name or address is needed, such as "example.com"');
  }
  const address = host.replace(/%.*$/, '');
  if (nodeModules.net.isIP(address) !== 0) return { checked: address, sent: '', isAddress: true };
  // Underscores are no host names to domainToASCII's rules but are in DNS; it answers '' for what it refuses.
  const ascii = domainToASCII(host.replace(/\.$/, ''));
  if (ascii === '' || ascii.length > NAME_LENGTH_MAX || ascii.includes('\0')) {
    throw new TypeError(`serverHostname: ${JSON.stringify(host)} is no host name`);
  }
  // Such as 127.1 and 0x7f.1, which are addresses to URLs and to resolvers.
  if (nodeModules.net.isIP(ascii) !== 0) return { checked: ascii, sent: '', isAddress: true };
  return { checked: ascii, sent: ascii, isAddress: false };
}
