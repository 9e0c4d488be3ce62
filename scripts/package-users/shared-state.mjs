/**
 * The entries are bundled into few files: each thing must be there once, under its own name, whatever entry
 * gives it out, and no entry but `selectloop/socket` loads the addon before there is need. Run by
 * scripts/check-package.mjs.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { cache } = createRequire(import.meta.url);
const isAddonLoaded = () => Object.keys(cache).some((path) => path.endsWith('.node'));

const index = await import('selectloop');
const selectors = await import('selectloop/selectors');
const lowlevel = await import('selectloop/lowlevel');
const testing = await import('selectloop/testing');
assert.equal(isAddonLoaded(), false, 'importing has loaded the addon');
const socket = await import('selectloop/socket');
// Only then does the line above say anything.
assert.equal(isAddonLoaded(), true, 'an addon that is loaded is not seen');

const entries = { index, selectors, lowlevel, testing, socket };
for (const [entry, names] of Object.entries(entries)) {
  for (const [name, value] of Object.entries(names)) {
    for (const other of Object.values(entries)) {
      if (name in other) assert.equal(other[name], value, `${name} differs between entries`);
    }
    if (typeof value !== 'function' || !String(value).startsWith('class')) continue;
    // An alias has the name of what it stands for.
    assert.equal(names[value.name], value, `${entry}: the class ${name} is named ${value.name}`);
  }
}

function* main() {
  const loop = index.getRunningLoop();
  assert.equal(loop.kernel, lowlevel.defaultKernel());
  const [ours, theirs] = socket.socketpair();
  ours.setblocking(false);
  assert.throws(() => ours.recv(1), index.BlockingIOError);
  theirs.send(Buffer.from('x'));
  assert.equal((yield* loop.sockRecv(ours, 1)).toString(), 'x');
  ours.close();
  theirs.close();
  yield* index.sleep(1);
  return request.get();
}

const request = new index.ContextVar('request');
request.set('r-1');
assert.equal(index.run(main), 'r-1');

const selector = new selectors.DefaultSelector();
assert.throws(() => selector.unregister(0), index.KeyError);
selector.close();

const loop = index.newEventLoop({ clock: new testing.VirtualClock() });
loop.run(index.sleep(60_000));
loop.close();
console.log('one of each, whatever entry gives it out');
