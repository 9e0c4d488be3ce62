/** What the command says instead of doing what it was asked: one line, and no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
