/**
 * `selectloop/socket`: BSD sockets, synchronous, as Python's `socket` module has them. Importing it loads the native
 * addon, because the constants are the system's own; importing `selectloop` does not.
 */

export type {
  Address,
  AddressInput,
  Inet6Address,
  InetAddress,
  OpaqueAddress,
  UnixAddress,
} from './sockets/address.ts';
export type { AddressHints, AddressInfo } from './sockets/address-query.ts';
export * from './sockets/constants.ts';
export { fromfd } from './sockets/from-fd.ts';
export {
  getaddrinfo,
  gethostbyname,
  gethostname,
  getnameinfo,
  getservbyname,
} from './sockets/getaddrinfo.ts';
export { inetNtop, inetPton } from './sockets/inet-pton.ts';
export type { NameInfo } from './sockets/lookup-answer.ts';
export * from './sockets/name-constants.ts';
export type { NameQueryAddress } from './sockets/name-query.ts';
export { Socket, type SocketOptions } from './sockets/socket.ts';
export { socketpair } from './sockets/socket-pair.ts';
