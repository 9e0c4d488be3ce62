/**
 * The trace event format, as far as Perfetto needs it: "Trace Event Format", Google, 2016, and what its own
 * reader asserts. What is wrong with a trace, one sentence each; nothing if it is good.
 */

interface AnyEvent {
  readonly [field: string]: unknown;
}

export function traceFaults(text: string): string[] {
  const file = JSON.parse(text) as { traceEvents?: unknown };
  if (!Array.isArray(file.traceEvents)) return ['traceEvents is no array'];
  const events = file.traceEvents as AnyEvent[];
  return [
    ...events.flatMap(fieldFaults),
    ...orderFaults(events),
    ...nestingFaults(events),
    ...arrowFaults(events),
  ];
}

function fieldFaults(event: AnyEvent): string[] {
  const say = (what: string): string => `${what}: ${JSON.stringify(event)}`;
  const faults: string[] = [];
  if (typeof event.name !== 'string' || event.name === '') faults.push(say('no name'));
  if (!['X', 'i', 's', 'f', 'M'].includes(String(event.ph))) faults.push(say('an unknown phase'));
  for (const field of ['pid', 'tid', 'ts']) {
    if (typeof event[field] !== 'number' || !Number.isFinite(event[field]) || event[field] < 0)
      faults.push(say(`${field} is no number from 0 up`));
  }
  if (event.ph === 'X' && !(typeof event.dur === 'number' && event.dur >= 0)) faults.push(say('no duration'));
  if (event.ph !== 'X' && 'dur' in event) faults.push(say('a duration of what is no slice'));
  if (event.ph === 'i' && event.s !== 't') faults.push(say('an instant without a scope'));
  if ((event.ph === 's' || event.ph === 'f') && typeof event.id !== 'number')
    faults.push(say('an arrow without id'));
  if (event.ph === 'f' && event.bp !== 'e') faults.push(say('the end of an arrow is not bound to its slice'));
  return faults;
}

function orderFaults(events: readonly AnyEvent[]): string[] {
  return events
    .filter((event, i) => i > 0 && Number(event.ts) < Number(events[i - 1]?.ts))
    .map((event) => `earlier than the one before: ${JSON.stringify(event)}`);
}

/** Slices of one track lie in each other or beside each other. A nanosecond of rounding is no overlap. */
function nestingFaults(events: readonly AnyEvent[]): string[] {
  const faults: string[] = [];
  const open = new Map<unknown, number[]>();
  for (const event of events) {
    if (event.ph !== 'X') continue;
    const ends = open.get(event.tid) ?? [];
    open.set(event.tid, ends);
    const from = Number(event.ts);
    const to = from + Number(event.dur);
    while (ends.length > 0 && (ends.at(-1) as number) <= from + 1e-3) ends.pop();
    if (ends.length > 0 && to > (ends.at(-1) as number) + 1e-3)
      faults.push(`overlaps the slice before it on its track: ${JSON.stringify(event)}`);
    ends.push(to);
  }
  return faults;
}

/** Each arrow has two ends, in order, and each end a slice around it. */
function arrowFaults(events: readonly AnyEvent[]): string[] {
  const ends = new Map<unknown, AnyEvent[]>();
  for (const event of events)
    if (event.ph === 's' || event.ph === 'f') ends.set(event.id, [...(ends.get(event.id) ?? []), event]);
  const slices = events.filter(({ ph }) => ph === 'X');
  return [...ends].flatMap(([id, [start, end, ...more]]) => {
    if (start?.ph !== 's' || end?.ph !== 'f' || more.length > 0)
      return [`arrow ${id} is not a start and an end`];
    if (Number(start.ts) > Number(end.ts)) return [`arrow ${id} leads back in time`];
    return [start, end]
      .filter(({ tid, ts }) => !slices.some((slice) => slice.tid === tid && isWithin(Number(ts), slice)))
      .map((event) => `no slice around ${JSON.stringify(event)}`);
  });
}

function isWithin(ts: number, slice: AnyEvent): boolean {
  return ts >= Number(slice.ts) - 1e-3 && ts <= Number(slice.ts) + Number(slice.dur) + 1e-3;
}
