#!/usr/bin/env node
/** The program behind `npx selectloop`. */

import { endOnLostOutput } from './lost-output.ts';
import { runCommand } from './run-command.ts';

endOnLostOutput();
process.exitCode = await runCommand(process.argv.slice(2));
