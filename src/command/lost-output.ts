/** What the command does when its output cannot be written. */

/**
 * Ends the process: in silence when nobody reads any more, as behind `| head`; else with a line that says
 * why, such as a full disk.
 */
export function endOnLostOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`selectloop: standard output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  // There is no other place to say so.
  process.stderr.on('error', () => process.exit(1));
}
