/** The load tester's screen: a block of lines in a terminal that is drawn again and again, and the report at the end. */

import type { Latencies, LoadNews, LoadPlan, LoadSummary } from './load-plan.ts';

const ESC = '\x1b';
const BLOCKS = ' ▁▂▃▄▅▆▇█';
const HISTORY = 60;

/** Draws news below each other's place. */
export class LoadScreen {
  private readonly plan: LoadPlan;
  private readonly rates: number[] = [];
  private readonly slowest: number[] = [];
  private drawnRows = 0;

  constructor(plan: LoadPlan) {
    this.plan = plan;
  }

  show(news: LoadNews, columns: number): string {
    this.rates.push(news.ratePerSecond);
    this.slowest.push(news.recent.p99);
    for (const history of [this.rates, this.slowest]) history.splice(0, history.length - HISTORY);
    const width = Math.max(10, Math.min(HISTORY, columns - 30));
    const rows = [
      titleOf(this.plan),
      `${bar(news.elapsedMs / this.plan.durationMs, width)}  ${seconds(news.elapsedMs)} of ${seconds(this.plan.durationMs)}`,
      `${chart(this.rates, width)}  ${news.ratePerSecond.toFixed(0)} answers/s`,
      `${chart(this.slowest, width)}  p99 ${ms(news.recent.p99)}`,
      latencyLine(news.latencies),
      `${resultLine(news.total.results)}${news.backlog > 0 ? `   ${news.backlog} are late` : ''}`,
    ];
    return this.over(rows.map((row) => row.slice(0, Math.max(1, columns - 1))));
  }

  /** What erases the block. */
  erase(): string {
    return this.over([]);
  }

  private over(rows: readonly string[]): string {
    const up = this.drawnRows === 0 ? '\r' : `\r${ESC}[${this.drawnRows}A`;
    this.drawnRows = rows.length;
    return `${up}${ESC}[J${rows.map((row) => `${row}\n`).join('')}`;
  }
}

/** What it was about, and what came of it, in lines. */
export function reportOf(
  plan: LoadPlan,
  { elapsedMs, total, latencies, unsent, wasCancelled }: LoadSummary,
): string[] {
  // Cancelled before it had begun: in no time.
  const perSecond = (count: number): number => (elapsedMs === 0 ? 0 : count / (elapsedMs / 1000));
  const mib = perSecond(total.bytes) / 2 ** 20;
  return [
    `${titleOf(plan)}, ${seconds(elapsedMs)}${wasCancelled ? ', cancelled' : ''}`,
    `requests   ${total.answered} answered, ${perSecond(total.answered).toFixed(1)}/s, ${mib.toFixed(2)} MiB/s`,
    latencyLine(latencies),
    resultLine(total.results),
    ...(unsent > 0 ? [`unsent     ${unsent}: the server is too slow for this rate`] : []),
  ];
}

function titleOf({ url, connections, rate }: LoadPlan): string {
  const loop = rate === 0 ? 'closed loop' : `open loop at ${rate}/s`;
  return `GET ${url}, ${connections} connections, ${loop}`;
}

function latencyLine({ p50, p90, p99, p999, max }: Latencies): string {
  return `latency    p50 ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, max ${ms(max)}`;
}

function resultLine(results: ReadonlyMap<string, number>): string {
  const rows = [...results].sort(([, m], [, n]) => n - m);
  return `results    ${rows.map(([result, count]) => `${result}: ${count}`).join(', ') || 'none yet'}`;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

function seconds(valueMs: number): string {
  return `${(valueMs / 1000).toFixed(1)} s`;
}

function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, share) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}

/** The last values as columns of one row. */
function chart(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const most = Math.max(...shown, 1e-9);
  const columns = shown.map((value) => BLOCKS[Math.ceil((value / most) * (BLOCKS.length - 1))] ?? ' ');
  return columns.join('').padStart(width);
}
