/** What a reader must know of the machine to read its figures; nothing that tells whose machine it is. */

import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export function describeMachine() {
  return {
    processor: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    node: process.versions.node,
  };
}

/**
 * With a higher load than this before the first measurement, somebody else uses the machine: figures are not
 * to be trusted.
 */
export const BUSY = 1.5;

/** Processes that ran or wanted to, on average over the last minute. */
export function loadAverage() {
  return loadavg()[0];
}

/** The commit under measurement, with a `+` when files differ from it. */
export function revision(folder) {
  const git = (...args) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', 'src', 'native') === '' ? '' : '+')
    );
  } catch {
    return 'unknown'; // Not a clone: the published package.
  }
}
