/** Writes to standard output, and awaits its writes or does not. */
import { isDisconnect, OSError, print, run, sleep, stdout } from 'selectloop';

const BLOCK = Buffer.alloc(100_000, 'x');

const programs = {
  *awaits() {
    try {
      for (;;) yield* stdout().write(BLOCK);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      print(`${error.code} ${error.syscall}, a disconnect: ${isDisconnect(error)}`, { fd: 2 });
    }
  },
  *forgets() {
    for (let i = 0; i < 5; i++) {
      stdout().write(BLOCK);
      yield* sleep(1);
    }
  },
};

run(programs[process.argv[2] as keyof typeof programs]());
