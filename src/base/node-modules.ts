/**
 * Modules of Node that few programs need from us, loaded at first use. Importing them at the top of a file
 * would cost every program 7 ms of CPU time at its start, half of what all of this package takes.
 */
export const nodeModules = {
  get asyncHooks() {
    return process.getBuiltinModule('node:async_hooks');
  },
  get crypto() {
    return process.getBuiltinModule('node:crypto');
  },
  /** webpack reads calls of an imported `createRequire`, and warns of those that it cannot follow. */
  get module() {
    return process.getBuiltinModule('node:module');
  },
  get net() {
    return process.getBuiltinModule('node:net');
  },
  get stream() {
    return process.getBuiltinModule('node:stream');
  },
  get tls() {
    return process.getBuiltinModule('node:tls');
  },
  get workerThreads() {
    return process.getBuiltinModule('node:worker_threads');
  },
};
