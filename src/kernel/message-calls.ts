/**
 * Socket calls on whole messages, and what else a socket needs beyond bytes and addresses. Part of
 * `Kernel.sockets`, by the rules of `kernel.ts`: `>= 0` or `-errno`, numbers and caller-owned buffers.
 */

/** Messages with the address they come from or go to, in parts, with ancillary data, or many at once. */
export interface MessageCalls {
  /**
   * As `recv`; the sender's address record is written to `addressOut`, `AF_UNSPEC` if the system names no
   * sender.
   */
  recvfrom(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    byteCount: number,
    flags: number,
    addressOut: Uint8Array,
  ): number;
  /** As `send`, to an address. */
  sendto(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    byteCount: number,
    flags: number,
    address: Uint8Array,
    addressByteCount: number,
  ): number;
  /**
   * Bytes received into `parts`, one after the other. Ancillary data is written to `controlOut` in the layout
   * of `sockets/ancillary.ts`, cut to what would fit a control message buffer of the system's of that size;
   * its size goes to `out[0]`, the message's flags to `out[1]`. Received descriptors are close-on-exec, and
   * this thread's until it lets go of them ({@link OwnershipCalls.release}); those that were cut are closed.
   */
  recvmsg(
    fd: number,
    parts: readonly Uint8Array[],
    flags: number,
    controlOut: Uint8Array,
    addressOut: Uint8Array,
    out: Int32Array,
  ): number;
  /** Bytes sent of `parts`, with ancillary data; to the connected peer where `addressByteCount` is 0. */
  sendmsg(
    fd: number,
    parts: readonly Uint8Array[],
    flags: number,
    control: Uint8Array,
    address: Uint8Array,
    addressByteCount: number,
  ): number;
  /**
   * Receives messages until there are none or no slots are left, and returns how many. The n-th goes to
   * `buffer[n * slotByteCount…]`, its size and its flags to `results[2n]` and `results[2n + 1]`, its sender's
   * record to `addresses[n * 264…]` unless that is empty. Says `-EAGAIN` when there is not even one.
   */
  recvMany(
    fd: number,
    buffer: Uint8Array,
    slotByteCount: number,
    flags: number,
    results: Int32Array,
    addresses: Uint8Array,
  ): number;
  /**
   * Sends up to 64 messages, each a buffer of its own, and returns how many were taken. The n-th goes to the
   * record at `addresses[n * addressStride]`: a stride of 0 sends all to one address, and no addresses at all
   * to the connected peer.
   */
  sendMany(
    fd: number,
    messages: readonly Uint8Array[],
    flags: number,
    addresses: Uint8Array,
    addressStride: number,
  ): number;
  /**
   * Sends up to `byteCount` bytes of `file` from `offset` on, without a copy in between, and returns how
   * many; 0 at the file's end. The file's position is neither used nor moved. `-ENOSYS` where the system
   * cannot.
   */
  sendfile(fd: number, file: number, offset: number, byteCount: number): number;
}

/** Network interfaces. */
export interface NetCalls {
  /**
   * Writes entries of 20 bytes, a uint32 index and a name padded with NUL, as many as fit; returns how many
   * there are.
   */
  ifNameindex(out: Uint8Array): number;
  ifNametoindex(name: string): number;
  /** Writes the name to `out` (at least 16 bytes) and returns its size. */
  ifIndextoname(index: number, out: Uint8Array): number;
}

/**
 * Who closes a descriptor. What the calls of a thread open is closed with that thread, unless it was closed
 * or given away before: a worker that is terminated runs no code of its own any more.
 */
export interface OwnershipCalls {
  /** From now on `fd` is closed with this thread. `-EBADF` when it is not open. */
  adopt(fd: number): number;
  /** From now on `fd` belongs to other code, which closes it. */
  release(fd: number): number;
  /** 1 when programs that this process starts inherit `fd`, 0 when it is close-on-exec. */
  getInheritable(fd: number): number;
  setInheritable(fd: number, inheritable: boolean): number;
}
