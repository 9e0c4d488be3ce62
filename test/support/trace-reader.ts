/**
 * How Perfetto's trace processor reads a trace: which slices it keeps, and between which ones it draws an
 * arrow. After its sources, src/trace_processor/importers/json/json_trace_parser_impl.cc and
 * importers/common/slice_tracker.cc and flow_tracker.cc:
 *
 * - events are taken in the order of their times, those of one time in the order of the file; times are whole
 *   nanoseconds, cut off;
 * - an instant of a track is a slice of no length on it;
 * - a slice closes those on its track that end before it begins; one that would outlast a slice around it
 *   is dropped;
 * - the end of an arrow closes no slice: it belongs to the slice that was begun last on its track, even one
 *   that is over.
 */

interface ReadEvent {
  readonly name: string;
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly id?: number;
}

/** A slice as it is read. */
export interface ReadSlice {
  readonly name: string;
  readonly tid: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly isInstant: boolean;
}

export interface ReadTrace {
  readonly arrows: readonly { readonly from: ReadSlice; readonly to: ReadSlice }[];
  /** What was dropped, in words. */
  readonly losses: readonly string[];
}

export function readTrace(text: string): ReadTrace {
  const { traceEvents } = JSON.parse(text) as { traceEvents: ReadEvent[] };
  const stacks = new Map<number, ReadSlice[]>();
  const starts = new Map<unknown, ReadSlice>();
  const arrows: { from: ReadSlice; to: ReadSlice }[] = [];
  const losses: string[] = [];
  const lose = (what: string, event: ReadEvent): number => losses.push(`${what}: ${JSON.stringify(event)}`);
  const inOrder = traceEvents
    .filter(({ ph }) => ph !== 'M')
    .map((event) => ({ event, atNs: Math.trunc(event.ts * 1000) }))
    .toSorted((a, b) => a.atNs - b.atNs);
  for (const { event, atNs } of inOrder) {
    const stack = stacks.get(event.tid) ?? [];
    stacks.set(event.tid, stack);
    const top = stack.at(-1);
    if (event.ph === 'X' || event.ph === 'i') {
      const durationNs = Math.trunc((event.dur ?? 0) * 1000);
      const slice = { ...event, fromNs: atNs, toNs: atNs + durationNs, isInstant: event.ph === 'i' };
      if (!begins(slice, stack)) lose('overlaps', event);
    } else if (top === undefined) lose('no slice encloses', event);
    else if (event.ph === 's') starts.set(event.id, top);
    else {
      const from = starts.get(event.id);
      if (from === undefined) lose('an end without a start', event);
      else arrows.push({ from, to: top });
    }
  }
  return { arrows, losses };
}

/** Puts `slice` on the stack of its track. Returns false if it has no place there. */
function begins(slice: ReadSlice, stack: ReadSlice[]): boolean {
  const length = slice.toNs - slice.fromNs;
  while (stack.length > 0) {
    const top = stack.at(-1) as ReadSlice;
    const isBeside = top.fromNs === top.toNs && length === 0;
    if (top.toNs > slice.fromNs || (top.toNs === slice.fromNs && isBeside)) break;
    stack.pop();
  }
  if (stack.some(({ toNs }) => slice.fromNs < toNs && slice.toNs > toNs)) return false;
  stack.push(slice);
  return true;
}
