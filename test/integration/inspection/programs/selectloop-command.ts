/** The command, as the tests' programs are built. */
import { endOnLostOutput } from '../../../../src/command/lost-output.ts';
import { runCommand } from '../../../../src/command/run-command.ts';

endOnLostOutput();
process.exitCode = await runCommand(process.argv.slice(2));
