/** Real clients: commands that a test runs to their end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTeardown } from '../../support/teardown.ts';

/** How a command ended, and what it wrote. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command with `input` as its whole stdin. One that takes longer than 15 s is killed: its exit code is
 * then `null`.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<CommandEnd> {
  const child = spawn(command, args, { timeout: 15_000, killSignal: 'SIGKILL' });
  onTeardown(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('latin1').on('data', (text: string) => {
      output[name] += text;
    });
  }
  // A command may end without reading all of its input.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...output };
}
