/**
 * What runs in a worker, thread or process: takes calls from its pool one at a time, and sends back what they
 * gave.
 *
 * This file is never imported there. Its functions are sent as source text (`workerSource`), so that a worker
 * starts without loading this package, and the same way from `src/`, from `dist/` and under any TypeScript
 * loader. Hence the rule of this file: its functions see globals, their parameters and each other, and
 * nothing else: no imports but of types, no constants of the module. The last one runs in the parent.
 *
 * Between calls a thread sleeps in `Atomics.wait` and a process in `read`; only while it awaits a Promise
 * does its own event loop turn. Messages to the parent are arrays: `[kind, id, payload, …]` with the kinds of
 * `messages.ts`.
 */

import { callOf, declarationsOf, namesOf } from '../base/function-text.ts';
import type { CallMessage, FunctionMessage, SentError } from './messages.ts';
import { writeOutputDirectly } from './worker-output.ts';

/** How a worker program exchanges messages with its parent. */
export interface WorkerChannel {
  /** The next message, waited for without turning the event loop; `null` asks the worker to end. */
  receive(): CallMessage | null;
  /** The next answer to a call into the parent's loop, waited for likewise; `undefined` after `timeoutMs`. */
  receiveReply(timeoutMs: number | null): unknown;
  post(message: readonly unknown[], transfer: readonly unknown[]): void;
}

/** What only text can hold: see {@link workerSource}. */
export interface WorkerTools {
  /** `import()`, which compilers and test runners would rewrite. */
  importModule(url: string): Promise<Record<string, unknown>>;
  /**
   * The module that teaches a thread to load TypeScript, if the main program has it and threads do not
   * inherit it.
   */
  typescriptApi: string | null;
}

type AnyCall = (...args: unknown[]) => unknown;

/** Sends calls' functions through their life: found or compiled at first use, then kept. */
async function serveCalls(channel: WorkerChannel, tools: WorkerTools): Promise<void> {
  const functions = new Map<number, AnyCall>();
  shareWithUserCode(channel);
  for (;;) {
    const message = channel.receive();
    if (message === null) return;
    const [id, ref, definition, args, isChunk] = message;
    let description = 'the function';
    try {
      let call = functions.get(ref);
      if (definition !== null) description = definition.name || 'the function';
      if (call === undefined) {
        call = await findFunction(definition as FunctionMessage, tools);
        functions.set(ref, call);
      }
      let result = isChunk ? callEach(call, args) : call(...args);
      if (typeof (result as { then?: unknown } | null)?.then === 'function') result = await result;
      postResult(channel, id, result, call.name || description);
    } catch (error) {
      const told = attempt(() => explainFreeVariable(error), error);
      postError(told, (sent) => channel.post([1, id, sent], []));
    }
  }
}

/** Applies a function to each item of a chunk; Promises are waited for one after the other. */
function callEach(call: AnyCall, items: readonly unknown[]): unknown[] | Promise<unknown[]> {
  const results: unknown[] = [];
  for (let i = 0; i < items.length; i++) {
    const result = call(items[i]);
    if (typeof (result as { then?: unknown } | null)?.then === 'function') {
      return (async () => {
        results.push(await result);
        for (const item of items.slice(i + 1)) results.push(await call(item));
        return results;
      })();
    }
    results.push(result);
  }
  return results;
}

/** Sends a result; one that cannot be sent becomes the call's error. */
function postResult(channel: WorkerChannel, id: number, result: unknown, name: string): void {
  try {
    channel.post([0, id, result], takeMoved(result));
  } catch (error) {
    const remedy = 'Return plain data: objects, arrays, Maps, Buffers, numbers, strings.';
    throw new TypeError(
      `${name}: its result cannot be sent back from the worker: ${(error as Error).message}. ${remedy}`,
      { cause: error },
    );
  }
}

/** The buffers of `value`, itself or its direct elements and properties, that were marked by `move()`. */
export function takeMoved(value: unknown): unknown[] {
  const moved = (globalThis as Record<symbol, unknown>)[Symbol.for('selectloop.moved')] as
    | WeakSet<object>
    | undefined;
  if (moved === undefined || typeof value !== 'object' || value === null) return [];
  const isBuffer = ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
  const parts: unknown[] = isBuffer ? [] : Object.values(value);
  const transfer = new Set<unknown>();
  for (const part of [value, ...parts]) {
    if (typeof part !== 'object' || part === null || !moved.has(part)) continue;
    moved.delete(part);
    transfer.add(ArrayBuffer.isView(part) ? part.buffer : part);
  }
  return [...transfer];
}

/** Compiles a function that was sent as source, or finds one in its module. */
async function findFunction(definition: FunctionMessage, tools: WorkerTools): Promise<AnyCall> {
  const { source, url, name } = definition;
  if (source !== null) {
    // Strict, as in the module it was written in; indirect, so that it sees no variable of this file.
    // biome-ignore lint/security/noGlobalEval: running the caller's own function is what a pool is for.
    const evaluate: (text: string) => unknown = globalThis.eval; // oxlint-disable-line no-eval -- as above
    return evaluate(`"use strict";(${source})\n//# sourceURL=selectloop-sent-function`) as AnyCall;
  }
  const found = (await loadModule(url as string, tools))[name];
  if (typeof found === 'function') return found as AnyCall;
  const what = found === undefined ? 'has no export of that name' : 'exports something else by that name';
  throw new TypeError(`${name}(): the module ${url} ${what}`);
}

/**
 * Imports a module. Where the main program loads TypeScript and this thread does not, it learns it before its
 * first one: Node remembers modules that failed, so trying first would be too late.
 */
async function loadModule(url: string, tools: WorkerTools): Promise<Record<string, unknown>> {
  const { typescriptApi } = tools;
  if (typescriptApi !== null) {
    tools.typescriptApi = null;
    const api = (await tools.importModule(typescriptApi)) as { register?: () => unknown };
    api.register?.();
  }
  return await tools.importModule(url);
}

/**
 * A name that is not defined in a function sent as source: most likely a variable of the file it was written
 * in.
 */
function explainFreeVariable(error: unknown): unknown {
  if (!(error instanceof ReferenceError)) return error;
  const name = /^(\S+) is not defined$/.exec(error.message)?.[1];
  const firstFrame = (error.stack ?? '').split('\n').find((line) => line.startsWith('    at ')) ?? '';
  if (name === undefined || !firstFrame.includes('selectloop-sent-function')) return error;
  const explained = new ReferenceError(
    `${name} is not defined in the worker: this function was sent there as source text, so it sees its parameters and globals only. ` +
      `Pass ${name} as an argument, or put the function into a module and call it through pool.module().`,
    { cause: error },
  );
  explained.stack = (error.stack ?? '').replace(error.message, explained.message);
  return explained;
}

/**
 * Sends an error. Somebody waits for it, so it is sent whatever it is like: without what cannot be sent where
 * that is known only to `post`, such as shared memory in an error of a process.
 */
export function postError(error: unknown, post: (sent: SentError) => void): void {
  const sent = encodeError(error, 0);
  try {
    post(sent);
  } catch {
    post(asText(sent));
  }
}

/**
 * An error as plain data: with its classes' names, its stack and its own properties. `transported-errors.ts`
 * makes it an error again. It never throws, though getters and Proxies do: what cannot be read is undefined.
 */
function encodeError(error: unknown, depth: number): SentError {
  if (depth > 8 || !isError(error)) return { thrown: sendable(error) };
  const read = (key: string): unknown =>
    attempt(() => (error as unknown as Record<string, unknown>)[key], undefined);
  const properties: Record<string, unknown> = {};
  const nested: Record<string, SentError | SentError[]> = {};
  for (const key of attempt(() => Object.getOwnPropertyNames(error), [])) {
    const value = read(key);
    if (key === 'stack' || key === 'message' || typeof value === 'function') continue;
    const list = attempt(() => (Array.isArray(value) ? [...(value as unknown[])] : []), []);
    if (isError(value)) nested[key] = encodeError(value, depth + 1);
    else if (list.some(isError)) nested[key] = list.map((each) => encodeError(each, depth + 1));
    else properties[key] = sendable(value);
  }
  const classes = attempt(() => classNamesOf(error), ['Error']);
  // As those of a DOMException: an AbortError by its name only.
  const inherited: Record<string, unknown> = {};
  for (const key of ['name', 'code']) {
    const value = read(key);
    const isPlain = typeof value === 'string' || typeof value === 'number';
    if (isPlain && !(key in properties) && !classes.includes(String(value))) inherited[key] = value;
  }
  const stack = read('stack');
  return {
    classes,
    message: textOf(read('message')),
    // Some programs have it an array of call sites.
    stack: typeof stack === 'string' ? stack : undefined,
    inherited,
    properties,
    nested,
  };
}

function isError(value: unknown): value is Error {
  return attempt(() => value instanceof Error, false);
}

/** The names of an error's class and of those that it extends. */
function classNamesOf(error: Error): string[] {
  const names: string[] = [];
  let prototype = Object.getPrototypeOf(error) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    const name: unknown = prototype.constructor.name;
    if (typeof name === 'string') names.push(name);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return names;
}

/** The same error without any object in it. */
function asText(sent: SentError): SentError {
  if ('thrown' in sent) return { thrown: textOf(sent.thrown) };
  const properties: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(sent.properties))
    properties[key] = typeof value === 'object' ? textOf(value) : value;
  const nested: Record<string, SentError | SentError[]> = {};
  for (const [key, value] of Object.entries(sent.nested))
    nested[key] = Array.isArray(value) ? value.map(asText) : asText(value);
  return { ...sent, properties, nested };
}

/** A value as it is where it can be sent, else its text. */
function sendable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return textOf(value);
  }
}

function textOf(value: unknown): string {
  return attempt(() => String(value), 'a value that cannot be shown');
}

/** What can be asked of whatever users throw: the answer, or `otherwise` where asking throws. */
function attempt<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}

/**
 * Where `runCoroutineThreadsafe` and `move` of this package find their worker, if a module of the user's
 * loads it here.
 */
function shareWithUserCode(channel: WorkerChannel): void {
  const shared = globalThis as Record<symbol, unknown>;
  shared[Symbol.for('selectloop.worker')] = channel;
  shared[Symbol.for('selectloop.moved')] ??= new WeakSet<object>();
}

/**
 * Tells the parent why this worker ends, where that is still possible, and lets its output appear at once.
 */
function reportEnd(channel: WorkerChannel): void {
  process.on('uncaughtExceptionMonitor', (error) =>
    postError(error, (sent) => channel.post([3, 0, sent], [])),
  );
  process.on('exit', (code) => channel.post([4, code], []));
}

/** Functions that the main functions of threads and processes call; they are handed to them by name. */
export interface WorkerParts {
  readonly serveCalls: typeof serveCalls;
  readonly reportEnd: typeof reportEnd;
  readonly writeOutputDirectly: typeof writeOutputDirectly;
  readonly loadModule: typeof loadModule;
  readonly postError: typeof postError;
}

/**
 * The program as text, for `new Worker(text, { eval: true })` or `node -e`.
 * @param more further functions of the kind of this file's
 * @param main the function that is called
 * @param mainArguments JavaScript: its arguments before its {@link WorkerParts} and {@link WorkerTools}
 * @param typescriptApi JavaScript: see there
 */
export function workerSource(
  more: readonly ((...args: never[]) => unknown)[],
  main: (...args: never[]) => unknown,
  mainArguments: string,
  typescriptApi: string,
): string {
  const functions = [
    serveCalls,
    callEach,
    postResult,
    takeMoved,
    findFunction,
    loadModule,
    explainFreeVariable,
    postError,
    encodeError,
    isError,
    classNamesOf,
    asText,
    sendable,
    textOf,
    attempt,
    shareWithUserCode,
    reportEnd,
    writeOutputDirectly,
    ...more,
  ];
  const parts = namesOf({
    serveCalls,
    reportEnd,
    writeOutputDirectly,
    loadModule,
    postError,
  } satisfies WorkerParts);
  const tools = `{ importModule: (url) => import(url), typescriptApi: ${typescriptApi} }`;
  return [declarationsOf(functions), callOf(main, `${mainArguments}, ${parts}, ${tools}`)].join('\n');
}
