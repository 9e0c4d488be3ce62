/** What a terminal shows, of the few things that our examples ask of one. */

const ESCAPE = '\u001b';

/** A command, or a character. */
const PARTS = new RegExp(`${ESCAPE}\\[([\\d;]*)([A-Za-z])|[^${ESCAPE}]`, 'gu');

/**
 * A screen of cells. Knows carriage return, newline, erasing to the end of the line, and moving the cursor;
 * throws at anything else.
 */
export class Screen {
  private readonly cells: string[][];
  private readonly columns: number;
  private row = 0;
  private column = 0;

  constructor(columns: number, rowCount: number) {
    this.columns = columns;
    this.cells = Array.from({ length: rowCount }, () => []);
  }

  /** The rows, without the blanks at their ends. */
  get rows(): string[] {
    return this.cells.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  write(text: string): this {
    for (const [whole, parameters = '', command] of text.matchAll(PARTS)) {
      if (command === 'K') this.current().length = this.column;
      else if (command === 'H') this.moveTo(parameters);
      else if (command !== undefined) throw new Error(`unknown: ESC [ ${parameters} ${command}`);
      else if (whole === '\r') this.column = 0;
      else if (whole === '\n') this.lineFeed();
      else this.put(whole);
    }
    return this;
  }

  private current(): string[] {
    return this.cells[this.row] as string[];
  }

  private moveTo(parameters: string): void {
    const [row = 1, column = 1] = parameters.split(';').map(Number);
    this.row = Math.min(row, this.cells.length) - 1;
    this.column = Math.min(column, this.columns) - 1;
  }

  private lineFeed(): void {
    if (this.row < this.cells.length - 1) {
      this.row += 1;
    } else {
      this.cells.shift();
      this.cells.push([]);
    }
  }

  private put(char: string): void {
    if (this.column === this.columns) {
      this.column = 0;
      this.lineFeed();
    }
    this.current()[this.column] = char;
    this.column += 1;
  }
}
