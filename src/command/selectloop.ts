#!/usr/bin/env node
/** The program behind `npx selectloop`. */

import { runCommand } from './run-command.ts';

process.exitCode = await runCommand(process.argv.slice(2));
