/**
 * The program of the watchdog's thread. Its functions are sent as source text: they see globals, their
 * parameters and each other, no imports and no constants of this file.
 */

import type { SourceMap, SourceMapPayload } from 'node:module';
import type { MessagePort } from 'node:worker_threads';
import { callOf, declarationsOf } from '../base/function-text.ts';
import type { StackFrame } from '../coroutines/probe.ts';

/** What the watchdog is given. */
export interface WatchdogData {
  /** Where it listens, or `null`. */
  readonly socketPath: string | null;
  /**
   * The option that tells a peer's user number, and where in its value that is; `null` where the system has
   * none.
   */
  readonly credentials: {
    readonly level: number;
    readonly option: number;
    readonly uidOffset: number;
  } | null;
  readonly uid: number;
  /** How the files of this package begin: their frames are left out. */
  readonly ownFiles: readonly string[];
  /**
   * Word 0 counts the beginnings and ends of steps: odd within one. Word 1: a step this long, in
   * milliseconds, is slow; 0 for none.
   */
  readonly words: Int32Array;
  /** Takes a {@link SlowSample} for each slow step. */
  readonly port: MessagePort;
}

/** A sample of a slow step: its count, and where it was, innermost frame first. */
export interface SlowSample {
  readonly count: number;
  readonly frames: readonly StackFrame[] | null;
}

interface WatchdogAddon {
  getsockoptBytes(fd: number, level: number, option: number, out: Uint8Array): number;
}

/** What the inspector tells of a script. */
interface Script {
  readonly url: string;
  readonly sourceMapURL?: string | undefined;
}

/** Looks at the stack of the main thread. */
interface Sampler {
  /**
   * Stops the main thread at its next statement, looks, and lets it go on.
   * @param done given `null` when it has come to none in time: a call into native code is not interrupted
   */
  sample(timeoutMs: number | null, done: (frames: StackFrame[] | null) => void): void;
  close(): void;
}

/** To open one takes long: the inspector tells of each script that there is. */
function openSampler(data: WatchdogData): Sampler {
  const { Session } = process.getBuiltinModule('node:inspector');
  const session = new Session();
  const scripts = new Map<string, Script>();
  let answer: ((frames: StackFrame[] | null) => void) | null = null;
  session.connectToMainThread();
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params));
  session.on('Debugger.paused', ({ params }) => {
    const raw = params.callFrames.map(({ functionName, location }) => ({
      functionName: functionName === '' ? '(anonymous)' : functionName,
      script: scripts.get(location.scriptId),
      line: location.lineNumber,
      column: location.columnNumber ?? 0,
    }));
    // It goes on before anything is looked up.
    session.post('Debugger.resume');
    const maps = new Map<Script, SourceMap | null>();
    const frames = raw.map(({ functionName, script, line, column }) => ({
      functionName,
      ...placeInSource(data, maps, script, line, column),
    }));
    answer?.(userFramesOf(data, frames));
    answer = null;
  });
  session.post('Debugger.enable');
  return {
    sample(timeoutMs, done) {
      answer = done;
      session.post('Debugger.pause');
      if (timeoutMs === null) return;
      setTimeout(() => {
        if (answer !== done) return;
        answer = null;
        done(null);
      }, timeoutMs);
    },
    close() {
      session.post('Debugger.disable');
      session.disconnect();
    },
  };
}

/**
 * A place in the source from which a script was made, as far as its map can be read. Lines and columns go in
 * from 0, and come out from 1. The files of this package are left as they are: nobody is shown them, and
 * their map is long.
 * @param maps those that were read, or could not be
 */
function placeInSource(
  data: WatchdogData,
  maps: Map<Script, SourceMap | null>,
  script: Script | undefined,
  line: number,
  column: number,
): { readonly file: string; readonly line: number; readonly column: number } {
  const file = script?.url ?? '';
  const place = { file, line: line + 1, column: column + 1 };
  if (script === undefined || !script.sourceMapURL) return place;
  if (data.ownFiles.some((prefix) => file.startsWith(prefix))) return place;
  let map = maps.get(script);
  if (map === undefined) {
    map = readSourceMap(script, script.sourceMapURL);
    maps.set(script, map);
  }
  const entry = map?.findEntry(line, column);
  if (entry === undefined || !('originalSource' in entry)) return place;
  const source = new URL(entry.originalSource, new URL(script.sourceMapURL, script.url)).href;
  return { file: source, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** Returns `null` if there is none where the script says, or none that can be read. */
function readSourceMap(script: Script, mapUrl: string): SourceMap | null {
  try {
    const { SourceMap } = process.getBuiltinModule('node:module');
    const { readFileSync } = process.getBuiltinModule('node:fs');
    const inline = /^data:[^,]*;base64,(.*)$/s.exec(mapUrl)?.[1];
    const text =
      inline === undefined
        ? readFileSync(new URL(mapUrl, script.url), 'utf8')
        : Buffer.from(inline, 'base64').toString();
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return null;
  }
}

/**
 * From the innermost frame that is not of this package to the next that is; all of them where the package
 * alone is at work.
 */
function userFramesOf(data: WatchdogData, frames: StackFrame[]): StackFrame[] {
  const isOwn = ({ file }: StackFrame): boolean => data.ownFiles.some((prefix) => file.startsWith(prefix));
  const first = frames.findIndex((frame) => !isOwn(frame));
  if (first < 0) return frames;
  const own = frames.slice(first);
  const end = own.findIndex(isOwn);
  return end < 0 ? own : own.slice(0, end);
}

/** Tells whoever connects, of this user, where the main thread is. */
function answerQuestions(data: WatchdogData, addon: WatchdogAddon, path: string): void {
  const net = process.getBuiltinModule('node:net');
  const isOwnUser = (fd: number): boolean => {
    const { credentials, uid } = data;
    if (credentials === null) return true;
    const out = Buffer.alloc(128);
    if (addon.getsockoptBytes(fd, credentials.level, credentials.option, out) < 8) return true;
    const peer = new Uint32Array(out.buffer, out.byteOffset, 32)[credentials.uidOffset / 4];
    return peer === uid || peer === 0;
  };
  const server = net.createServer((peer) => {
    peer.on('error', () => {});
    // oxlint-disable-next-line no-underscore-dangle -- Node's name for it
    const { fd } = (peer as unknown as { _handle: { fd: number } })._handle;
    if (!isOwnUser(fd)) {
      peer.destroy();
      return;
    }
    const sampler = openSampler(data);
    sampler.sample(10_000, (frames) => {
      peer.end(`${JSON.stringify({ value: { frames } })}\n`);
      sampler.close();
    });
  });
  server.on('error', () => {});
  server.listen(path);
}

/** Looks for steps that take too long, several times in that long. */
function watchSteps(data: WatchdogData): void {
  let sampler: Sampler | null = null;
  let seenCount = 0;
  let sinceMs = 0;
  let sampledCount = 0;
  const look = (): void => {
    const slowMs = Atomics.load(data.words, 1);
    const count = Atomics.load(data.words, 0);
    const nowMs = performance.now();
    if (count !== seenCount) {
      seenCount = count;
      sinceMs = nowMs;
    }
    if (slowMs > 0) sampler ??= openSampler(data);
    if (
      slowMs > 0 &&
      sampler !== null &&
      count % 2 !== 0 &&
      count !== sampledCount &&
      nowMs - sinceMs >= slowMs
    ) {
      sampledCount = count;
      sampler.sample(null, (frames) => data.port.postMessage({ count, frames }));
    }
    setTimeout(look, slowMs > 0 ? Math.max(slowMs / 4, 5) : 250);
  };
  look();
}

/** Waits for questions, and for steps that take too long. */
function watchdogMain(data: WatchdogData, addon: WatchdogAddon): void {
  if (data.socketPath !== null) answerQuestions(data, addon, data.socketPath);
  watchSteps(data);
}

/** The program. @param addonExpression see `addonExpression()` of kernel/addon.ts */
export function watchdogSource(addonExpression: string): string {
  const functions = [openSampler, placeInSource, readSourceMap, userFramesOf, answerQuestions, watchSteps];
  const data = "process.getBuiltinModule('node:worker_threads').workerData";
  return [declarationsOf(functions), callOf(watchdogMain, `${data}, ${addonExpression}`)].join('\n');
}
