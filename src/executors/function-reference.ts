/**
 * How a function gets to a worker, since functions do not cross threads: by its module and its name there, or
 * as its source text.
 */

import { describeValue } from '../coroutines/misuse.ts';
import type { FunctionMessage } from './messages.ts';

/** A function as a pool keeps it: what to send, and its number in messages once a worker has it. */
export interface FunctionReference extends FunctionMessage {
  readonly ref: number;
}

let lastRef = 0;
/** The references of functions that are sent as source, so that each is sent once to each worker. */
const bySource = new WeakMap<object, FunctionReference>();
/**
 * The same by name and text. Workers keep what they were sent, and a function that is written in a call is
 * another object each time.
 */
const byText = new Map<string, FunctionReference>();
/** The references behind the functions that {@link pool.module} hands out. */
const byModule = new WeakMap<object, FunctionReference>();

/** A reference to an export of a module. */
export function referenceToExport(url: string, name: string): FunctionReference {
  return { source: null, url, name, ref: ++lastRef };
}

/** From now on `call` stands for `reference` when it is given to a pool. */
export function bindReference(call: object, reference: FunctionReference): void {
  byModule.set(call, reference);
}

/**
 * The reference of a function that a caller gave.
 * @throws TypeError for what cannot be sent, with the remedy
 */
export function referenceOf(call: unknown, verb: string): FunctionReference {
  if (typeof call !== 'function') {
    throw new TypeError(`${verb}: a function is needed, got ${describeValue(call)}`);
  }
  const known = byModule.get(call) ?? bySource.get(call);
  if (known !== undefined) return known;
  const source = sourceOf(call as () => unknown, verb);
  const key = `${call.name}\0${source}`;
  const reference = byText.get(key) ?? { source, url: null, name: call.name, ref: ++lastRef };
  byText.set(key, reference);
  bySource.set(call, reference);
  return reference;
}

/** Source text that is an expression. */
function sourceOf(call: (...args: never[]) => unknown, verb: string): string {
  const text = Function.prototype.toString.call(call);
  const name = call.name || 'the function';
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    throw new TypeError(
      `${verb}: ${name} is built in or bound, so it has no source text to send to a worker. Wrap it: (x) => ${call.name || 'f'}(x).`,
    );
  }
  if (/^class\b/.test(text)) throw new TypeError(`${verb}: ${name} is a class; pass a function`);
  if (/^(async\s+)?function\s*\*|^(async\s*)?\*/.test(text)) {
    throw new TypeError(
      `${verb}: ${name} is a generator function, which runs on a loop; a worker has none. Pass a plain or async function, or use a LoopThread.`,
    );
  }
  if (isExpression(text)) return text;
  // A method, written `name(...) {...}` in an object or a class.
  const isAsync = /^async\s+/.test(text);
  const head = isAsync ? text.replace(/^async\s+/, '') : text;
  const open = head.indexOf('(');
  return `${isAsync ? 'async ' : ''}function ${head.slice(open)}`;
}

function isExpression(text: string): boolean {
  if (/^(async\s+)?function\b/.test(text) || /^(async\s*)?\(/.test(text)) return true;
  return /^(async\s+)?[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>/u.test(text);
}
