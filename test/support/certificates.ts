/** The certificates that tests of TLS use; `certificates/make.mjs` says what is special about each. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type CertificateName =
  | 'server'
  | 'api'
  | 'expired'
  | 'revoked'
  | 'unknown'
  | 'self-signed'
  | 'client'
  | 'named'
  | 'loose'
  | 'chained';

/** The path of a file of the folder. */
export function certificatePath(file: string): string {
  return fileURLToPath(new URL(`certificates/${file}`, import.meta.url));
}

/** The text of a file of the folder. */
export function pem(file: string): string {
  return readFileSync(certificatePath(file), 'utf8');
}

/** A certificate and its key, as options of a context. */
export function identity(name: CertificateName): { readonly key: string; readonly cert: string } {
  return { key: pem(`${name}-key.pem`), cert: pem(`${name}.pem`) };
}

/** The authority that signed them, all but `unknown`, `self-signed` and `loose`. */
export const ca: string = pem('ca.pem');
