/**
 * Charts of trials, as SVG: for each trial the contenders' ratios to its baseline, as bars from 1 on a
 * logarithmic axis.
 */

import { parse, View } from 'vega';

const OURS = '#0b6e99';
const OTHERS = '#b8bec5';
const INK = '#333';
const GRID = '#e6e8ea';
const WHITE = '#fff';
const CELL_WIDTH = 250;
const ROW_HEIGHT = 15;

/**
 * @param trials as in the results, with rows
 * @param columns how many trials stand beside each other
 * @returns {Promise<string>} the SVG document
 */
export async function drawChart(trials, columns = 3) {
  const bars = trials.flatMap(({ group, title, rows }) =>
    rows.map(({ contender, ratio }) => ({
      trial: `${group}: ${title}`,
      height: rows.length * ROW_HEIGHT,
      contender,
      ...ratio,
      label: ratio.median.toFixed(2),
      isOurs: contender.startsWith('selectloop'),
    })),
  );
  return new View(parse(chartOf(bars, columns)), { renderer: 'none' }).toSVG();
}

function chartOf(bars, columns) {
  return {
    background: WHITE,
    padding: 12,
    data: [{ name: 'bars', values: bars }],
    layout: { columns, padding: { row: 34, column: 24 }, bounds: 'full', align: 'each' },
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'trial', data: 'bars', groupby: ['trial', 'height'] } },
        title: { text: { signal: 'parent.trial' }, anchor: 'start', fontSize: 12, color: INK, offset: 6 },
        signals: [{ name: 'height', update: 'parent.height' }],
        encode: { update: { width: { value: CELL_WIDTH }, height: { field: 'height' } } },
        scales: scales(),
        axes: [
          { orient: 'left', scale: 'y', domain: false, ticks: false, labelColor: INK, labelPadding: 6 },
          {
            orient: 'bottom',
            scale: 'x',
            grid: true,
            gridColor: GRID,
            ticks: false,
            tickCount: 4,
            format: '~g',
            labelColor: INK,
            domain: false,
          },
        ],
        marks: [bar(), middleHalf(), figure()],
      },
    ],
  };
}

function scales() {
  return [
    // In the order of the rows, which is cheapest first.
    { name: 'y', type: 'band', domain: { data: 'trial', field: 'contender' }, range: 'height', padding: 0.2 },
    {
      name: 'x',
      type: 'log',
      domain: { fields: [{ data: 'trial', field: 'low' }, { data: 'trial', field: 'high' }, [1, 2]] },
      range: [0, CELL_WIDTH],
    },
  ];
}

function bar() {
  return {
    type: 'rect',
    from: { data: 'trial' },
    encode: {
      update: {
        x: { scale: 'x', value: 1 },
        x2: { scale: 'x', field: 'median' },
        y: { scale: 'y', field: 'contender' },
        height: { scale: 'y', band: 1 },
        fill: [{ test: 'datum.isOurs', value: OURS }, { value: OTHERS }],
      },
    },
  };
}

/** From the first quartile to the third. */
function middleHalf() {
  return {
    type: 'rule',
    from: { data: 'trial' },
    encode: {
      update: {
        x: { scale: 'x', field: 'low' },
        x2: { scale: 'x', field: 'high' },
        y: { scale: 'y', field: 'contender', band: 0.5 },
        stroke: { value: INK },
      },
    },
  };
}

function figure() {
  return {
    type: 'text',
    from: { data: 'trial' },
    encode: {
      update: {
        x: { signal: "max(scale('x', datum.high), scale('x', 1)) + 4" },
        y: { scale: 'y', field: 'contender', band: 0.5 },
        text: { field: 'label' },
        baseline: { value: 'middle' },
        fontSize: { value: 9 },
        fill: { value: INK },
      },
    },
  };
}
