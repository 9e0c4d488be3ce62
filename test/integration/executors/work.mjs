/**
 * What the workers of the tests do. JavaScript: the test runner's process has no TypeScript loader to hand
 * on.
 */
import { createHash } from 'node:crypto';
import { threadId } from 'node:worker_threads';

export class ValidationError extends Error {
  name = 'ValidationError';
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

let initializedWith = null;

export function initialize(value) {
  initializedWith = value;
}

export function initializedValue() {
  return initializedWith;
}

export function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

export function workerId() {
  return `${process.pid}/${threadId}`;
}

/** Blocks its worker, not its loop. */
export function block(delayMs, result) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
  return result;
}

export async function later(delayMs, result) {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  return result;
}

export function never() {
  return new Promise(() => {});
}

export function spin() {
  for (;;) {
    // Until the worker is terminated.
  }
}

export function count(words) {
  return Atomics.add(words, 0, 1) + 1;
}

export function square(n) {
  if (n === 13) throw new RangeError('thirteen');
  return n * n;
}

export function invalid() {
  throw new ValidationError('too short', 'password');
}

export function fails() {
  const cause = Object.assign(new TypeError('the cause'), { code: 'ECAUSE' });
  throw Object.assign(new RangeError('too far', { cause }), { limit: 5 });
}

export function failsTwice() {
  throw new AggregateError([new RangeError('one'), new SyntaxError('two')], 'both');
}

export function missingFile() {
  process.getBuiltinModule('node:fs').readFileSync('/nonexistent/file');
}

export function throwsText() {
  throw 'text';
}

export function exit(code) {
  process.exit(code);
}

export function killed(signal) {
  process.kill(process.pid, signal);
  return new Promise((resolve) => setTimeout(resolve, 10_000));
}

export function dieLater() {
  setImmediate(() => {
    throw new Error('nobody catches this');
  });
  return new Promise(() => {});
}

export function fillMemory() {
  const kept = [];
  for (;;) kept.push(new Array(100_000).fill(kept.length));
}

export function returnsFunction() {
  return () => 1;
}

export function byteLength(buffer) {
  return buffer.byteLength;
}

export const answer = 42;
