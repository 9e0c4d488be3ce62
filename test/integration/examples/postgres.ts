/** A PostgreSQL server for one test, from the system's package. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTeardown } from '../../support/teardown.ts';
import { hasCommand, until } from './server-process.ts';

/** Why there is no server to be had here; `null` if there is. */
export function postgresIsMissing(): string | null {
  if (binaries() === null) return 'PostgreSQL is not installed: apt-get install postgresql';
  // It refuses to run as root.
  if (process.getuid?.() !== 0) return null;
  const hasUser = hasCommand('setpriv') && /^postgres:/m.test(readFileSync('/etc/passwd', 'utf8'));
  return hasUser ? null : 'PostgreSQL does not run as root, and there is no user postgres to run it as';
}

/** Debian keeps them out of PATH. */
function binaries(): string | null {
  const parent = '/usr/lib/postgresql';
  const versions = existsSync(parent) ? readdirSync(parent).sort() : [];
  const folder = join(parent, versions.at(-1) ?? '', 'bin');
  return existsSync(join(folder, 'initdb')) ? folder : null;
}

/** Starts one that only this machine's unix socket leads to. @returns its URL */
export async function startPostgres(): Promise<string> {
  const bin = binaries() as string;
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-pg-'));
  const asUser =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (asUser.length > 0) execFileSync('chown', ['postgres', folder]);
  const under = (command: string, args: readonly string[]): [string, string[]] => {
    const [first, ...others] = [...asUser, join(bin, command), ...args] as [string, ...string[]];
    return [first, others];
  };
  const data = join(folder, 'data');
  execFileSync(...under('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync']), {
    stdio: 'ignore',
  });
  const settings = [
    'fsync=off',
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'max_connections=20',
  ];
  const server = spawn(...under('postgres', ['-D', data, ...settings.flatMap((each) => ['-c', each])]), {
    stdio: 'ignore',
  });
  onTeardown(async () => {
    // Immediate shutdown: what it holds is of no use to anybody.
    server.kill('SIGQUIT');
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  await until(() => existsSync(join(folder, '.s.PGSQL.5432')), 'socket of PostgreSQL', 60_000);
  return `postgres://postgres@localhost/postgres?host=${folder}`;
}
