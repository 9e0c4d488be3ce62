/**
 * System calls that answer what a test has written down, in place of the real ones, and what they were asked
 * for.
 */
import type { Kernel } from '../../src/kernel/kernel.ts';
import { kernelWith } from '../integration/loop/real-loop.ts';

/** How a call is answered: how many bytes it takes, or `-errno`. */
export type Answer = number;

export interface ScriptedSends {
  readonly kernel: Kernel;
  /** The bytes of each call, as text. */
  readonly sent: string[];
  /** How the next calls are answered. When it is empty, calls take all they are given. */
  readonly answers: Answer[];
}

const textOf = (data: Uint8Array, start: number, end: number): string =>
  Buffer.from(data.subarray(start, end)).toString();

/** Sends and writes, to sockets and to pipes, one buffer or several, to a peer or to an address. */
export function scriptedSends(...answers: Answer[]): ScriptedSends {
  const sent: string[] = [];
  const answer = (text: string): number => {
    sent.push(text);
    return Math.min(answers.shift() ?? text.length, text.length);
  };
  const one = (_fd: number, data: Uint8Array, offset: number, byteCount: number): number =>
    answer(textOf(data, offset, offset + byteCount));
  const several = (
    _fd: number,
    pieces: readonly Uint8Array[],
    first: number,
    count: number,
    firstOffset: number,
  ): number =>
    answer(
      pieces
        .slice(first, first + count)
        .map((piece, i) => textOf(piece, i === 0 ? firstOffset : 0, piece.length))
        .join(''),
    );
  const real = kernelWith({});
  const sockets = { send: one, sendv: several, sendto: one };
  const kernel = kernelWith({ sockets, fds: { ...real.fds, write: one, writev: several } });
  return { kernel, sent, answers };
}

/**
 * Receives that are answered once each with `answers`, a text or `-errno`, and then as the system does.
 * @param call the name of the call
 */
export function scriptedReceives(
  call: 'recv' | 'read',
  ...answers: readonly (string | number)[]
): { readonly kernel: Kernel; readonly asked: { count: number } } {
  const left = [...answers];
  const asked = { count: 0 };
  const real = kernelWith({});
  const answer = (buffer: Uint8Array, offset: number): number | null => {
    asked.count++;
    const next = left.shift();
    if (next === undefined) return null;
    if (typeof next === 'number') return next;
    buffer.set(Buffer.from(next), offset);
    return next.length;
  };
  if (call === 'recv') {
    return {
      asked,
      kernel: kernelWith({
        sockets: {
          recv: (fd, buffer, offset, byteCount, flags) =>
            answer(buffer, offset) ?? real.sockets.recv(fd, buffer, offset, byteCount, flags),
        },
      }),
    };
  }
  return {
    asked,
    kernel: kernelWith({
      fds: {
        ...real.fds,
        read: (fd, buffer, offset, byteCount) =>
          answer(buffer, offset) ?? real.fds.read(fd, buffer, offset, byteCount),
      },
    }),
  };
}
