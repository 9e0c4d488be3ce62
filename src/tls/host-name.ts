/**
 * The host that a client wants to talk to, as TLS sends and checks it.
 *
 * What is accepted is a DNS name or an address, and the certificate is checked for exactly that. Nothing else
 * may reach OpenSSL: to it a leading dot means "any subdomain". Nor may anything else reach `domainToASCII`:
 * it reads its argument as the host of a URL, cuts off what follows `/`, `?` and `#`, and decodes percent
 * signs.
 */

import { domainToASCII, domainToUnicode } from 'node:url';
import { nodeModules } from '../base/node-modules.ts';

/** The longest name in DNS, without the root's dot. */
const NAME_LENGTH_MAX = 253;

/**
 * A label: letters, digits and hyphens (RFC 1123), and underscores, which DNS has too; no hyphen at either
 * end.
 */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * A last label that makes an address of the whole name, such as 127.1 and 0x7f.1, to URLs and to resolvers.
 */
const NUMBER = /^(?:[0-9]+|0x[0-9a-f]*)$/;

/** A zone of an IPv6 address: the name or the number of an interface. It means nothing to the peer. */
const ZONE = /^[A-Za-z0-9._-]{1,15}$/;

/** What a label of another alphabet begins with in its ASCII form. */
const ACE_PREFIX = 'xn--';

const ASCII = /^[\0-\x7f]*$/;

/** A character of ASCII that is in no label. */
const FOREIGN_ASCII = /(?![a-z0-9_-])[\0-\x7f]/;

/** A host in the two forms that TLS has for one. */
export interface HostIdentity {
  /** What the certificate must be for. */
  readonly checked: string;
  /** What is sent to the server; addresses are not (RFC 6066, 3). */
  readonly sent: string;
  readonly isAddress: boolean;
}

/**
 * A host name or address, ready for TLS: names in their ASCII form and without the root's dot, IPv6 addresses
 * without a zone.
 * @throws TypeError for anything that is neither, such as a URL, a pattern, or a short form of an address
 */
export function hostIdentity(host: string): HostIdentity {
  if (typeof host !== 'string' || host === '') {
    throw new TypeError('serverHostname: a host name or address is needed, such as "example.com"');
  }
  const address = withoutZone(host);
  if (address !== null) return { checked: address, sent: '', isAddress: true };
  const name = asciiName(host.endsWith('.') ? host.slice(0, -1) : host);
  if (name !== null) return { checked: name, sent: name, isAddress: false };
  throw new TypeError(
    `serverHostname: ${JSON.stringify(host)} is no host name and no address. ` +
      'Give the name alone, such as "example.com", or an address in full, such as "127.0.0.1" or "::1".',
  );
}

/** The address, without its zone; `null` if `host` is no address. */
function withoutZone(host: string): string | null {
  const { net } = nodeModules;
  const percent = host.indexOf('%');
  if (percent < 0) return net.isIP(host) === 0 ? null : host;
  const address = host.slice(0, percent);
  return net.isIPv6(address) && ZONE.test(host.slice(percent + 1)) ? address : null;
}

/** The name in the form that DNS has; `null` if it is no name. */
function asciiName(name: string): string | null {
  const ascii = name.split('.').map(asciiLabel);
  if (ascii.includes(null) || NUMBER.test(ascii.at(-1) as string)) return null;
  const joined = ascii.join('.');
  return joined.length <= NAME_LENGTH_MAX ? joined : null;
}

/**
 * One label. Those that IDNA would make another label of are refused (compatibility forms, characters that it
 * ignores): what is checked must be what was written.
 */
function asciiLabel(given: string): string | null {
  const label = given.toLowerCase().normalize('NFC');
  if (LABEL.test(given.toLowerCase()) && ASCII.test(given)) {
    return !label.startsWith(ACE_PREFIX) || isAsciiForm(label) ? label : null;
  }
  // Nothing but letters, digits and hyphens of this alphabet beside those of others.
  if (FOREIGN_ASCII.test(label)) return null;
  const ascii = domainToASCII(label);
  const isItself = ascii.startsWith(ACE_PREFIX) && LABEL.test(ascii) && domainToUnicode(ascii) === label;
  return isItself ? ascii : null;
}

/** Whether a label with {@link ACE_PREFIX} stands for one of another alphabet. */
function isAsciiForm(label: string): boolean {
  const unicode = domainToUnicode(label);
  // What cannot be decoded is '' in Node 20, and comes back as it was from Node 26 on.
  return unicode !== label && domainToASCII(unicode) === label;
}
