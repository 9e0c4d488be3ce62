/** What the threads of `mandelbrot.ts` do. A module of its own: a thread imports it, and nothing else of the program. */

/** A part of the plane: `x` and `y` are its first point, `step` is the distance between two. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
}

/** After how many steps each point has left, row by row; 0 for those that have not after `most`. */
export function escapeTimes({ x, y, step, columns, rows }: Part, most: number): Uint32Array {
  const times = new Uint32Array(columns * rows);
  for (let i = 0; i < times.length; i++) {
    times[i] = escapeTime(x + (i % columns) * step, y + Math.floor(i / columns) * step, most);
  }
  return times;
}

function escapeTime(cx: number, cy: number, most: number): number {
  let [zx, zy, count] = [0, 0, 0];
  for (; zx * zx + zy * zy <= 4; count++) {
    if (count === most) return 0;
    const next = zx * zx - zy * zy + cx;
    zy = 2 * zx * zy + cy;
    zx = next;
  }
  return Math.max(1, count);
}
