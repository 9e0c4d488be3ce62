/**
 * npm run bench:page [-- RESULTS.json]
 *
 * Fills docs/performance.md from results: what stands between `<!-- results:NAME -->` and `<!-- /results -->`
 * is replaced, the prose around it stays. Draws the charts beside it and keeps the results there, so that the
 * page can be made again. Default: what `npm run bench` wrote last. A trial may be kept from earlier results:
 * when and where it was `measured` is then told below its table.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawChart } from './chart.mjs';
import { BUSY } from './machine.mjs';
import { toCells } from './report.mjs';
import { standing } from './standing.mjs';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const source = process.argv[2] ?? fileURLToPath(new URL('build/results.json', import.meta.url));
const PAGE = `${docs}performance.md`;

const results = JSON.parse(readFileSync(source, 'utf8'));
const sections = {
  machine: () => machine(results),
  contenders: () => Object.entries(results.versions).map(([name, version]) => `- ${name}: ${version}`),
  missing: () => [
    ...Object.entries(results.missing).map(([name, reason]) => `- ${name}: ${reason}`),
    ...(results.notices ?? []).map((notice) => `- ${notice}`),
  ],
  tables: () => results.trials.flatMap(tableOf),
};

function machine({ machine: m, settings, date, revision }) {
  const cores = m.pinned
    ? `${m.cores} cores, server and load on one each`
    : `${m.cores} cores, processes not pinned`;
  return [
    `Measured on ${date} at revision ${revision}: ${m.processor}, ${cores}, ${m.memoryGiB} GiB, ${m.system}, Node.js ${m.node}. ` +
      `${roundsOf(results)} rounds of ${settings.seconds} s, each after warming up until the CPU time of a message fell no more. ` +
      `Allocator of all contenders: ${settings.allocator === 'system' ? 'as glibc has it unasked' : 'freed memory is kept'}.`,
    ...(m.loadAverage > BUSY
      ? [
          '',
          `**The load average was ${m.loadAverage.toFixed(1)} when it began: something else was running, or had been a moment before.**`,
        ]
      : []),
  ];
}

/** They differ from trial to trial where time was short. */
function roundsOf({ trials, settings }) {
  const counts = trials.flatMap(({ baseline, rows }) =>
    rows.filter(({ contender }) => contender !== baseline).map(({ rounds }) => rounds),
  );
  const [least, most] = [Math.min(...counts, settings.rounds), Math.max(...counts)];
  return least === most ? String(most) : `${least} to ${most}`;
}

function tableOf(trial, index, all) {
  const { group, title, price, rows, failures, measured } = trial;
  const { headings, cells } = toCells(rows, price);
  const line = (texts) => `| ${texts.join(' | ')} |`;
  const alignment = headings.map((_, i) => (i === 0 ? '---' : '---:'));
  const place = standing(trial);
  const missed = Object.entries(failures).map(([name, reason]) => `- ${name} failed: ${reason}`);
  return [
    ...(all[index - 1]?.group === group ? [] : [`## ${group}`, '']),
    `### ${title}`,
    '',
    ...[headings, alignment, ...cells.map(boldOurs)].map(line),
    '',
    ...(place === null ? [] : [place, '']),
    ...(measured === undefined ? [] : [measuredBefore(measured), '']),
    ...(missed.length > 0 ? [...missed, ''] : []),
  ];
}

function measuredBefore({ date, revision, processor }) {
  return `Measured on ${date} at revision ${revision}: ${processor}.`;
}

function boldOurs(cells) {
  return cells[0].startsWith('selectloop') ? cells.map((text) => (text === '' ? '' : `**${text}**`)) : cells;
}

/** Replaces the marked sections of the page; one that the page does not have is a mistake in it. */
function fill(page) {
  let filled = page;
  for (const [name, lines] of Object.entries(sections)) {
    const marked = new RegExp(`(<!-- results:${name} -->\n)[^]*?(<!-- /results -->)`);
    if (!marked.test(filled)) throw new Error(`docs/performance.md has no section <!-- results:${name} -->`);
    filled = filled.replace(
      marked,
      (_, start, end) => `${start}${lines().join('\n').trim() || 'None.'}\n${end}`,
    );
  }
  return filled;
}

const isTask = ({ group }) => group === 'Tasks';
const isTraffic = ({ group, baseline }) => baseline !== 'promises' && group !== 'Threads and processes';
writeFileSync(PAGE, fill(readFileSync(PAGE, 'utf8')));
writeFileSync(`${docs}performance-traffic.svg`, await drawChart(results.trials.filter(isTraffic)));
writeFileSync(`${docs}performance-tasks.svg`, await drawChart(results.trials.filter(isTask)));
writeFileSync(`${docs}performance.json`, `${JSON.stringify(results, null, 2)}\n`);
