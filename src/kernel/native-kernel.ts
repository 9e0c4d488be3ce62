import { type Addon, loadAddon } from './addon.ts';
import type { FdCalls, Kernel } from './kernel.ts';
import { nowMs } from './native-clock.ts';
import { nativeNames } from './native-names.ts';
import { nativePollerKinds, openNativePoller } from './native-poller.ts';
import { nativeProcesses } from './native-processes.ts';
import { nativeSignals } from './native-signals.ts';
import { nativeWakeGroups } from './native-wake-groups.ts';
import { openNativeWakeup, wake } from './native-wakeup.ts';

/**
 * The operating system itself, through the addon. The addon's functions are handed on as they are: between a caller of
 * `kernel.sockets.recv` and the system call lies one native call and nothing else.
 *
 * @throws {Error} the loader's own words, when the addon cannot be loaded.
 */
export function openNativeKernel(): Kernel {
  const addon = loadAddon();
  return Object.freeze({
    name: 'native',
    waitsOccupyThread: true,
    pollerKinds: nativePollerKinds(),
    sockets: Object.freeze({
      socket: addon.socket,
      socketpair: addon.socketpair,
      bind: addon.bind,
      connect: addon.connect,
      listen: addon.listen,
      accept: addon.accept,
      recv: addon.recv,
      recvEach: addon.recvEach,
      send: addon.send,
      sendv: addon.sendv,
      recvfrom: addon.recvfrom,
      sendto: addon.sendto,
      recvmsg: addon.recvmsg,
      sendmsg: addon.sendmsg,
      recvMany: addon.recvMany,
      sendMany: addon.sendMany,
      sendfile: addon.sendfile,
      shutdown: addon.shutdown,
      getsockname: addon.getsockname,
      getpeername: addon.getpeername,
      getsockoptInt: addon.getsockoptInt,
      setsockoptInt: addon.setsockoptInt,
      getsockoptBytes: addon.getsockoptBytes,
      setsockoptBytes: addon.setsockoptBytes,
      ifNameindex: addon.ifNameindex,
      ifNametoindex: addon.ifNametoindex,
      ifIndextoname: addon.ifIndextoname,
    }),
    fds: fdCalls(addon),
    signals: nativeSignals,
    names: nativeNames,
    processes: nativeProcesses,
    constants: addon.constants,
    nowMs,
    openPoller: openNativePoller,
    openWakeup: openNativeWakeup,
    wake,
    groups: nativeWakeGroups,
  });
}

function fdCalls(addon: Addon): FdCalls {
  return Object.freeze({
    read: addon.read,
    write: addon.write,
    writev: addon.writev,
    fileType: addon.fileType,
    pipe: addon.pipe,
    dup: addon.dup,
    close: addon.close,
    adopt: addon.adopt,
    release: addon.release,
    getInheritable: addon.getInheritable,
    setInheritable: addon.setInheritable,
    setNonblocking: addon.setNonblocking,
    waitReady: addon.waitReady,
  });
}
