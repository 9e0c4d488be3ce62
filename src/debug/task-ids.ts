/** Numbers for tasks: a task has the same one for its whole life, in every graph. */

let lastId = 0;
const ids = new WeakMap<object, number>();

/** The number of a task, or of anything else that graphs show. Given on first use. */
export function idOf(thing: object): number {
  let id = ids.get(thing);
  if (id === undefined) {
    id = ++lastId;
    ids.set(thing, id);
  }
  return id;
}
