/** Runs several loops, one after the other. Prints how many listeners of its end they leave. */
import { run, sleep } from 'selectloop';

const before = process.listenerCount('exit');
for (let i = 0; i < 5; i++) run(() => sleep(0));
console.log(process.listenerCount('exit') - before);
