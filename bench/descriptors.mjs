/** How many descriptors a process may have open: thousands of connections need as many. */

import { execFileSync } from 'node:child_process';

/**
 * Allows this process, and those that it starts, so many open descriptors where the system lets it; how many
 * they may have then. Node has raised its own limit to the hard one when it started; raising that takes a
 * privilege.
 */
export function allowDescriptors(wanted) {
  if (descriptorLimit() < wanted) {
    try {
      const limit = `--nofile=${wanted}:${wanted}`;
      execFileSync('prlimit', ['--pid', String(process.pid), limit], { stdio: 'ignore' });
    } catch {
      // Not allowed, or no such program: what needs more is left out.
    }
  }
  return descriptorLimit();
}

function descriptorLimit() {
  const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}
