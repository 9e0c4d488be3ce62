/** The authorities that are trusted by default: those that Node itself trusts. */

import { readFileSync } from 'node:fs';
import { environmentVariable } from '../base/environment.ts';
import { nodeModules } from '../base/node-modules.ts';
import { nativeTls } from '../kernel/native-tls.ts';
import { tlsFailure } from './failure.ts';

/**
 * Newer versions of Node know all of them, and also those that `--use-system-ca` and `--use-openssl-ca` add.
 */
interface TlsWithDefaults {
  readonly getCACertificates?: (kind: 'default') => readonly string[];
}

/** Node's root certificates, and those of the file that NODE_EXTRA_CA_CERTS names, in PEM. */
function defaultAuthorities(): readonly string[] {
  const nodeTls = nodeModules.tls;
  const { getCACertificates } = nodeTls as TlsWithDefaults;
  if (getCACertificates !== undefined) return getCACertificates('default');
  return [...nodeTls.rootCertificates, ...extraAuthorities()];
}

/** Node warns of a file that it cannot read, and goes on; that warning has been given when we come here. */
function extraAuthorities(): readonly string[] {
  const path = environmentVariable('NODE_EXTRA_CA_CERTS');
  if (path === '') return [];
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}

let shared = -1;

/**
 * A context of the addon that trusts the default authorities, for others to share its list: reading some 150
 * certificates takes ten milliseconds, and holding them a megabyte. One for each thread, for as long as that
 * lives.
 */
export function contextOfDefaultAuthorities(): number {
  if (shared >= 0) return shared;
  const tls = nativeTls();
  const context = tls.tlsContextOpen();
  if (context < 0) throw tlsFailure(context, 'SSLContext', 'of the default authorities');
  for (const pem of defaultAuthorities()) {
    const result = tls.tlsContextAddCa(context, Buffer.from(pem));
    // One certificate that this OpenSSL cannot read must not take away the others.
    if (result < 0 && environmentVariable('NODE_DEBUG').includes('tls')) {
      process.emitWarning(tlsFailure(result, 'SSLContext', 'a default authority'));
    }
  }
  shared = context;
  return context;
}
