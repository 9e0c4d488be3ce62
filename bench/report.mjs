/** Tables, for terminals and for Markdown. */

/** A quantity of nanoseconds with the unit in which it is read best. */
export function duration(ns) {
  if (ns < 1_000) return `${ns.toPrecision(3)} ns`;
  if (ns < 1_000_000) return `${(ns / 1_000).toPrecision(3)} µs`;
  return `${(ns / 1_000_000).toPrecision(3)} ms`;
}

const count = (value) => Math.round(value).toLocaleString('en');
const ratio = (value) => value.toFixed(2);
const kibibytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const microseconds = (value) => duration(value * 1_000);

const percent = (share) => `${(100 * share).toFixed(0)} %`;

const CPU_TIME = 'CPU each';

/** Columns: heading, and the text of a row's cell; a column in which no row has anything is left out. */
const columns = [
  ['contender', (row) => row.contender],
  ['ratio', (row) => ratio(row.ratio.median)],
  ['middle half', (row) => `${ratio(row.ratio.low)}–${ratio(row.ratio.high)}`],
  [CPU_TIME, (row) => duration(row.costNs.median)],
  ['instructions each', (row) => given(row.instructionsEach, count)],
  ['messages/s', (row) => given(row.messagesPerSecond, count)],
  ['p50', (row) => given(row.p50Us, microseconds)],
  ['p99', (row) => given(row.p99Us, microseconds)],
  ['memory each', (row) => given(row.bytesPerIdle, kibibytes)],
  ['of it heap', (row) => given(row.heapPerIdle, kibibytes)],
  ['busiest thread', (row) => given(row.largestShare, percent)],
];

function given(value, text) {
  return value === undefined ? undefined : text(value);
}

/**
 * Headings and cells of the columns that any of `rows` fills.
 * @param price what the cost is, if it is not CPU time
 */
export function toCells(rows, price = CPU_TIME) {
  const filled = columns.filter(([, cell]) => rows.some((row) => cell(row) !== undefined));
  return {
    headings: filled.map(([heading]) => (heading === CPU_TIME ? price : heading)),
    cells: rows.map((row) => filled.map(([, cell]) => cell(row) ?? '')),
  };
}

/** The rows as a table of plain text: names to the left, figures to the right. */
export function toTable(rows, price) {
  if (rows.length === 0) return '';
  const { headings, cells } = toCells(rows, price);
  const lines = [headings, ...cells];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
    )
    .map((line) => `  ${line}\n`)
    .join('');
}

/** Lines of progress: one that is rewritten on a terminal, nothing elsewhere but what is worth keeping. */
export class Progress {
  #out = process.stderr;

  show(text) {
    if (this.#out.isTTY) this.#out.write(`\r\x1b[2K${text.slice(0, this.#out.columns - 1)}`);
  }

  keep(text) {
    if (this.#out.isTTY) this.#out.write('\r\x1b[2K');
    process.stdout.write(text);
  }
}
