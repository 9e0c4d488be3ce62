/** Asks for names when no descriptor is free. Prints the class and the code of each error. */
import { closeSync, openSync } from 'node:fs';
import { getRunningLoop, run } from 'selectloop';
import { createConnection, getaddrinfo } from 'selectloop/socket';

const answers: string[] = [];

function attempt(what: string, call: () => unknown): void {
  try {
    call();
    answers.push(`${what}: no error`);
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    answers.push(`${what}: ${name} ${code}`);
  }
}

function withoutDescriptors(body: () => void): void {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // The table is full.
  }
  try {
    body();
  } finally {
    for (const fd of taken) closeSync(fd);
  }
}

// Loads what is loaded at first use.
attempt('warm-up', () => getaddrinfo('localhost', 80));
withoutDescriptors(() => {
  attempt('getaddrinfo', () => getaddrinfo('localhost', 80));
  attempt('createConnection', () => createConnection(['localhost', 80]));
  attempt('zone', () => getaddrinfo('fe80::1%lo', 80));
});
run(function* () {
  const loop = getRunningLoop();
  const future = (() => {
    let made: ReturnType<typeof loop.getaddrinfo> | null = null;
    withoutDescriptors(() => {
      made = loop.getaddrinfo('localhost', 80);
    });
    return made as unknown as ReturnType<typeof loop.getaddrinfo>;
  })();
  try {
    yield* future;
    answers.push('loop: no error');
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    answers.push(`loop: ${name} ${code}`);
  }
});
console.log(answers.join('\n'));
