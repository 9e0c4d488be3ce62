/** The load generator (`bench/load`) at work on a server, on a core of its own. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { complaint, outputOf, pinned } from './server-process.mjs';

function commandOf(loadPath, server, options) {
  const named = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  return pinned(1, [loadPath, ...server.address, ...named, '--pid', String(server.pid)]);
}

/** Runs the load generator to its end; its report. */
export async function applyLoad(loadPath, server, options) {
  return JSON.parse(await outputOf(commandOf(loadPath, server, options)));
}

/**
 * Warms a server up. From then on nothing is under way, but for turns: the generator applies its load for
 * `options.seconds`, waits for all answers, and reports what the server did meanwhile.
 * @returns {Promise<{ takeTurn: () => Promise<object>, stop: () => void }>}
 * @throws Error with the generator's own words
 */
export async function startLoad(loadPath, server, options) {
  const [program, ...args] = commandOf(loadPath, server, { ...options, turns: true });
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const problems = [];
  child.stderr.setEncoding('utf8').on('data', (text) => problems.push(text));
  // One that has ended takes no more turns, and its end is told below.
  child.stdin.on('error', () => {});
  const failed = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      reject(new Error(complaint(problems.join('')) ?? `the load generator ended with ${signal ?? code}`)),
    );
  });
  failed.catch(() => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value } = await Promise.race([lines.next(), failed]);
    return value ?? failed;
  };
  await nextLine();
  return {
    takeTurn: async () => {
      child.stdin.write('\n');
      return JSON.parse(await nextLine());
    },
    stop: () => child.kill('SIGKILL'),
  };
}
