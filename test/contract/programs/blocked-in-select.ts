/** A worker that says it is blocked and then waits in select() for ever. */
import { parentPort } from 'node:worker_threads';
import { select } from '../../../src/selectors.ts';

parentPort?.postMessage('blocked from now on');
select([], []);
