/**
 * Makes the certificates that the tests of TLS use, with the `openssl` command, into this folder. They are in
 * the repository and valid for a hundred years, so tests need neither the command nor the right year:
 *
 *   node test/support/certificates/make.mjs
 *
 * The keys protect nothing. The authorities' own keys are not kept: running this again replaces everything.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'selectloop-certificates-'));
const CENTURY = ['20000101000000Z', '21000101000000Z'];
const LONG_AGO = ['20000101000000Z', '20010101000000Z'];
const SERVER_NAMES = 'DNS:localhost,DNS:*.wild.test,IP:127.0.0.1,IP:::1';

function openssl(...args) {
  const child = spawnSync('openssl', args, { cwd: work, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`openssl ${args.join(' ')}\n${child.stderr}`);
}

function keyAndRequest(name, subject) {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.sec1`);
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', `${name}.sec1`, '-out', `${name}-key.pem`);
  openssl(
    'req',
    '-new',
    '-config',
    'config',
    '-key',
    `${name}-key.pem`,
    '-subj',
    subject,
    '-out',
    `${name}.csr`,
  );
}

function sign(name, authority, [start, end], extensions) {
  writeFileSync(join(work, 'extensions'), extensions);
  const signer =
    authority === name
      ? ['-selfsign', '-keyfile', `${name}-key.pem`]
      : ['-cert', `${authority}.pem`, '-keyfile', `${authority}-key.pem`];
  openssl(
    ...['ca', '-batch', '-config', 'config', '-notext', '-in', `${name}.csr`, '-out', `${name}.pem`],
    ...['-startdate', start, '-enddate', end, '-extfile', 'extensions', ...signer],
  );
}

function make(name, subject, authority, validity, extensions) {
  keyAndRequest(name, subject);
  sign(name, authority, validity, extensions);
}

writeFileSync(
  join(work, 'config'),
  `[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\ncrlnumber=crlnumber\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n[req]\ndistinguished_name=name\n[name]\n`,
);
for (const [name, text] of [
  ['index', ''],
  ['serial', '01'],
  ['crlnumber', '01'],
]) {
  writeFileSync(join(work, name), text);
}

const authority =
  'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n';
const server = (names) => `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`;
make('ca', '/CN=selectloop test authority', 'ca', CENTURY, authority);
make('unknown-ca', '/CN=an authority that nobody trusts', 'unknown-ca', CENTURY, authority);
make('server', '/CN=server', 'ca', CENTURY, server(SERVER_NAMES));
make('api', '/CN=api', 'ca', CENTURY, server('DNS:api.test'));
make('expired', '/CN=expired', 'ca', LONG_AGO, server(SERVER_NAMES));
make('revoked', '/CN=revoked', 'ca', CENTURY, server(SERVER_NAMES));
make('unknown', '/CN=unknown', 'unknown-ca', CENTURY, server(SERVER_NAMES));
make('self-signed', '/CN=self-signed', 'self-signed', CENTURY, server(SERVER_NAMES));
make('client', '/CN=client', 'ca', CENTURY, 'extendedKeyUsage=clientAuth\n');
make('named', '/CN=named.test', 'ca', CENTURY, 'extendedKeyUsage=serverAuth\n');
make('loose-ca', '/CN=an authority without a key usage', 'loose-ca', CENTURY, 'basicConstraints=CA:true\n');
make('loose', '/CN=loose', 'loose-ca', CENTURY, `subjectAltName=${SERVER_NAMES}\n`);
make('intermediate', '/CN=an intermediate', 'ca', CENTURY, authority);
make('chained', '/CN=chained', 'intermediate', CENTURY, server(SERVER_NAMES));

const caFiles = ['-config', 'config', '-cert', 'ca.pem', '-keyfile', 'ca-key.pem'];
openssl('ca', ...caFiles, '-revoke', 'revoked.pem');
openssl(
  'ca',
  ...caFiles,
  '-gencrl',
  '-crl_lastupdate',
  CENTURY[0],
  '-crl_nextupdate',
  CENTURY[1],
  '-out',
  'crl.pem',
);
openssl(
  'pkcs8',
  '-topk8',
  '-v2',
  'aes-256-cbc',
  '-passout',
  'pass:secret',
  '-in',
  'server-key.pem',
  '-out',
  'server-key-protected.pem',
);
writeFileSync(join(work, 'intermediate-ca.pem'), readFileSync(join(work, 'intermediate.pem')));
writeFileSync(
  join(work, 'chained.pem'),
  readFileSync(join(work, 'chained.pem'), 'utf8') + readFileSync(join(work, 'intermediate.pem'), 'utf8'),
);

const kept = [
  'server',
  'api',
  'expired',
  'revoked',
  'unknown',
  'self-signed',
  'client',
  'named',
  'loose',
  'chained',
];
const files = [
  ...kept.flatMap((name) => [`${name}.pem`, `${name}-key.pem`]),
  'ca.pem',
  'loose-ca.pem',
  'intermediate-ca.pem',
  'crl.pem',
  'server-key-protected.pem',
];
for (const file of files) copyFileSync(join(work, file), join(here, file));
rmSync(work, { recursive: true });
