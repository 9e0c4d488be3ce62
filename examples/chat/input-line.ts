/** The line that is being typed, made of the bytes that a terminal in raw mode sends. */

import { StringDecoder } from 'node:string_decoder';

const ESC = '\x1b';

/** What an arrow and its like send: from ESC to a letter or ~. */
const ESCAPES = new RegExp(`${ESC}(\\[[\\d;]*|O)?[A-Za-z~]`, 'g');
/** The beginning of one, at the end of what has come: on a slow line its rest comes later. */
const BEGUN_ESCAPE = new RegExp(`${ESC}(\\[[\\d;]*|O)?$`);

const WIDE =
  /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u;

/** What a reader takes for single letters, such as an emoji of several code points. */
function lettersOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** As much of the end of a text as has room in so many cells of a terminal. */
function endOf(text: string, cells: number): string {
  const letters = lettersOf(text);
  let first = letters.length;
  let room = cells;
  while (first > 0) {
    room -= WIDE.test(letters[first - 1] as string) ? 2 : 1;
    if (room < 0) break;
    first--;
  }
  return letters.slice(first).join('');
}

/** What keys did: the lines that were finished, and whether the user wants to go. */
export interface Pressed {
  readonly lines: readonly string[];
  readonly leave: boolean;
}

export class InputLine {
  /** Letters of several bytes may come in two parts. */
  private readonly decoder = new StringDecoder();
  private begun = '';
  private typed = '';

  press(bytes: Buffer): Pressed {
    const keys = (this.begun + this.decoder.write(bytes)).replace(ESCAPES, '');
    this.begun = BEGUN_ESCAPE.exec(keys)?.[0] ?? '';
    const lines: string[] = [];
    for (const key of keys.slice(0, keys.length - this.begun.length)) {
      if (key === '\x03' || key === '\x04') return { lines, leave: true };
      if (key === '\r' || key === '\n') lines.push(this.typed);
      if (key === '\r' || key === '\n' || key === '\x15') this.typed = '';
      else if (key === '\x7f' || key === '\b') this.typed = lettersOf(this.typed).slice(0, -1).join('');
      else if (key === '\x17') this.typed = this.typed.replace(/\S*\s*$/, '');
      else if (!/\p{Cc}/u.test(key)) this.typed += key;
    }
    return { lines, leave: false };
  }

  /** The line, or as much of its end as fits. */
  visible(cells: number): string {
    return endOf(this.typed, cells);
  }
}
