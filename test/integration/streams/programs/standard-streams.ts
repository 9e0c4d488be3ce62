/** Uses standard input and output as streams; the first argument says how. */
import { isDisconnect, print, run, sleep, stderr, stdin, stdout } from 'selectloop';

const text = (value: string): Buffer => Buffer.from(value);

const programs = {
  /** What comes in goes out in capitals. */
  *upper() {
    yield* stdin().lines(function* (line) {
      yield* stdout().write(text(line.toString().toUpperCase()));
    });
  },
  /** Writes more than a pipe holds, and leaves it to the end of the run. */
  *leaves() {
    for (let i = 0; i < 1000; i++) stdout().write(text(`${String(i).padStart(999, '.')}\n`));
    yield* stderr().write(text('main has ended\n'));
  },
  /** Writes as fast as its reader reads, until that has gone. */
  *endless() {
    try {
      for (;;) yield* stdout().write(Buffer.alloc(4096, 'x'));
    } catch (error) {
      if (!isDisconnect(error)) throw error;
      print('nobody reads', { fd: 2 });
    }
  },
  /** The streams are the same each time; what is closed is opened again, and the descriptors stay open. */
  *same() {
    const [input, output] = [stdin(), stdout()];
    print(`${stdin() === input} ${stdout() === output}`);
    output.close();
    yield* output.waitClosed();
    print(`${stdout() === output}`);
    yield* stdout().write(text('open\n'));
  },
  /** Goes on with other things while it waits for input. */
  *beside() {
    const reading = stdin();
    let ticks = 0;
    while (reading.unreadByteCount === 0 && !reading.atEof()) {
      yield* sleep(1);
      if (++ticks === 3) yield* stdout().write(text('ticking\n'));
    }
    yield* stdout().write(yield* reading.readLine());
  },
};

run(programs[process.argv[2] as keyof typeof programs]());
