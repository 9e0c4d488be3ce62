/**
 * `fromNodeStream` of a stream that is over already: one that had ended well looked reset by its peer, and
 * the error of one that had failed was lost.
 */
import { once } from 'node:events';
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { fromNodeStream, fromPromise, runGuest } from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';

const ended: [name: string, make: () => Duplex | Readable | Writable][] = [
  ['a Readable', () => Readable.from([Buffer.from('all')], { objectMode: false }).resume()],
  ['a Writable', () => new Writable({ write: (_data, _encoding, done) => done() }).end('all')],
  ['a Duplex', () => new PassThrough().end('all').resume()],
];

it.each(ended)('%s that has ended well is at its end', async (_name, make) => {
  await runGuest(function* () {
    const stream = make();
    yield* fromPromise(once(stream, 'close'));
    const [reader, writer] = fromNodeStream(stream);
    expect((yield* reader.read()).length).toBe(0);
    yield* writer.waitClosed();
  });
});

const failing: [name: string, make: () => Duplex | Readable | Writable][] = [
  ['a Readable', () => new Readable({ read() {} })],
  ['a Writable', () => new Writable({ write() {} })],
  ['a Duplex', () => new Duplex({ read() {}, write() {} })],
];

it.each(failing)('%s that has failed gives its own error', async (_name, make) => {
  await runGuest(function* () {
    const stream = make();
    stream.on('error', () => {});
    const closed = new Promise((done) => stream.on('close', done));
    stream.destroy(new Error('its own'));
    yield* fromPromise(closed);
    const [, writer] = fromNodeStream(stream);
    expect(yield* failureOf(writer.waitClosed())).toMatchObject({ message: 'its own' });
  });
});
