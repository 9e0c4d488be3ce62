/**
 * Step 1: a coroutine, driven by hand.
 *
 *     node --import tsx examples/book/1-coroutine-by-hand.ts
 *
 * A generator is a function that can stop in the middle and go on later. `yield` hands a value out and stops; `next(value)`
 * goes on, and `value` is what that `yield` evaluates to. Whoever calls `next` decides when, and that is all an event loop
 * is: somebody who knows when. Here it is the last ten lines of this file.
 */

/** Asks for two numbers, one at a time, and returns their sum. It neither knows nor cares where they come from. */
function* add(): Generator<string, number, number> {
  const first = yield 'the first number';
  const second = yield 'the second number';
  return first + second;
}

/** `yield*` runs another coroutine in place: its yields go straight to our driver, its return value comes to us. */
function* twice(): Generator<string, number, number> {
  return (yield* add()) * 2;
}

const answers = [4, 17];
const coroutine = twice();
let step = coroutine.next();
for (const answer of answers) {
  console.log(`It stopped and wants ${step.value}; we go on with ${answer}.`);
  step = coroutine.next(answer);
}
console.log(`It has ended: ${step.done}, with ${step.value}.`);
