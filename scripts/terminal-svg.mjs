/** What a terminal shows, as an SVG: text as text, blocks as rectangles, so that every font will do. */

const CELL = { width: 8.4, height: 18 };
const MARGIN = 12;
const FOREGROUND = '#d4d4d8';
const BACKGROUND = '#18181b';

/** The sixteen colours that have names, in hues that are easy on the eye. */
const NAMED = [
  ['#18181b', '#f87171', '#86efac', '#fcd34d', '#93c5fd', '#d8b4fe', '#67e8f9', '#d4d4d8'],
  ['#71717a', '#fca5a5', '#bbf7d0', '#fde68a', '#bfdbfe', '#e9d5ff', '#a5f3fc', '#fafafa'],
].flat();

/** A colour of the 256, as terminals have them since xterm. */
function colourOf(number) {
  if (number < 16) return NAMED[number];
  if (number >= 232) return rgb(...Array(3).fill(8 + (number - 232) * 10));
  const level = (value) => (value === 0 ? 0 : 55 + value * 40);
  const index = number - 16;
  return rgb(level(Math.floor(index / 36)), level(Math.floor(index / 6) % 6), level(index % 6));
}

function rgb(...parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Which part of its cell a block fills, from its top and by its height; `null` for a letter. */
function blockOf(letter) {
  if (letter === '█') return [0, 1];
  if (letter === '▀') return [0, 0.5];
  const eighths = '▁▂▃▄▅▆▇'.indexOf(letter) + 1;
  return letter !== '' && eighths > 0 ? [1 - eighths / 8, eighths / 8] : null;
}

/** Cells beside each other that look alike are one. */
function runsOf(line, columns) {
  const runs = [];
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    if (cell.getWidth() === 0) continue;
    const letter = cell.getChars() || ' ';
    const fill = cell.isFgDefault() ? FOREGROUND : colourOf(cell.getFgColor());
    const behind = cell.isBgDefault() ? null : colourOf(cell.getBgColor());
    const block = blockOf(letter);
    const last = runs.at(-1);
    const key = `${fill} ${behind} ${block}`;
    if (last?.key === key) {
      last.text += letter;
      last.columns += cell.getWidth();
    } else runs.push({ key, column, columns: cell.getWidth(), text: letter, fill, behind, block });
  }
  return runs;
}

function escaped(text) {
  // Spaces that are not joined with each other.
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(' ', '&#160;');
}

function drawRun({ column, columns, text, fill, behind, block }, row) {
  const place = (top, height) => {
    const [x, y] = [MARGIN + column * CELL.width, MARGIN + (row + top) * CELL.height];
    return `x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(columns * CELL.width).toFixed(1)}" height="${(height * CELL.height).toFixed(1)}"`;
  };
  const parts = [];
  if (behind !== null) parts.push(`<rect ${place(0, 1)} fill="${behind}"/>`);
  if (block !== null) parts.push(`<rect ${place(...block)} fill="${fill}"/>`);
  else if (text.trim() !== '') {
    const [x, y] = [MARGIN + column * CELL.width, MARGIN + (row + 0.75) * CELL.height];
    const words = text.trimEnd();
    const width = ((columns - (text.length - words.length)) * CELL.width).toFixed(1);
    parts.push(
      `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${width}" fill="${fill}">${escaped(words)}</text>`,
    );
  }
  return parts.join('');
}

/**
 * @param {import('@xterm/headless').Terminal} terminal
 * @returns {string} what is on its screen
 */
export function terminalSvg(terminal) {
  const { active } = terminal.buffer;
  const [width, height] = [terminal.cols * CELL.width + 2 * MARGIN, terminal.rows * CELL.height + 2 * MARGIN];
  const rows = Array.from({ length: terminal.rows }, (_, row) =>
    runsOf(active.getLine(active.baseY + row), terminal.cols)
      .map((run) => drawRun(run, row))
      .join(''),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height.toFixed(0)}" width="${width.toFixed(0)}">`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    '<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" shape-rendering="crispEdges">',
    ...rows.filter((row) => row !== ''),
    '</g></svg>\n',
  ].join('\n');
}
