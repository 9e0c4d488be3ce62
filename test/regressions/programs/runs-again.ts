/** Runs several loops. Prints how many listeners of the end of the process those after the first leave. */
import { run, sleep } from 'selectloop';

run(() => sleep(0));
const before = process.listenerCount('exit');
for (let i = 0; i < 5; i++) run(() => sleep(0));
console.log(process.listenerCount('exit') - before);
