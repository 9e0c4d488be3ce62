/** Called in workers by `sends-odd-errors.ts`: throws what cannot be sent as it is. */
import { runCoroutineThreadsafe } from 'selectloop';

const unprintable = (): object => Object.assign(Object.create(null) as object, { call: () => 1 });

export const errors: Readonly<Record<string, () => unknown>> = {
  property: () => Object.assign(new Error('boom'), { code: 'ECODE', unprintable: unprintable() }),
  getter: () =>
    Object.defineProperty(new Error('boom'), 'late', {
      get() {
        throw new Error('not now');
      },
    }),
  stack: () => Object.assign(new Error('boom'), { stack: [unprintable()] }),
  freeVariable: () => Object.assign(new ReferenceError('boom is not defined'), { stack: [] }),
  message: () => Object.assign(new TypeError('odd'), { message: unprintable() }),
  className: () => {
    const prototype = Object.assign(Object.create(Error.prototype) as object, { constructor: unprintable() });
    return Object.setPrototypeOf(new Error('boom'), prototype) as unknown;
  },
  // What a thread is sent as it is, a process is not.
  sharedMemory: () =>
    Object.assign(new Error('boom', { cause: Object.assign(new Error('in it'), { code: 7 }) }), {
      code: 'ECODE',
      memory: new SharedArrayBuffer(4),
    }),
  thrownMemory: () => new SharedArrayBuffer(4),
  thrownObject: unprintable,
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable(new Error('boom'), {});
    revoke();
    return proxy;
  },
};

export function fails(name: string): never {
  throw errors[name]?.();
}

export function result(): unknown {
  return {
    get value() {
      throw errors.revoked?.();
    },
  };
}

export function failsInLoop(name: string): unknown {
  return runCoroutineThreadsafe('fails', name).result();
}
