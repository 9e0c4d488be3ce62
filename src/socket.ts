/// <reference types="node" preserve="true" />
/**
 * `selectloop/socket`: BSD sockets, synchronous, as Python's `socket` module has them. Importing it loads the
 * native addon, because the constants are the system's own; importing `selectloop` does not.
 */

export type {
  Address,
  AddressInput,
  CanAddress,
  Inet6Address,
  InetAddress,
  NetlinkAddress,
  OpaqueAddress,
  PacketAddress,
  UnixAddress,
  VsockAddress,
} from './addresses/address.ts';
export { htonl, htons, ntohl, ntohs } from './addresses/byte-order.ts';
export { inetNtop, inetPton } from './addresses/inet-pton.ts';
export { ifIndextoname, ifNameindex, ifNametoindex } from './addresses/interfaces.ts';
export { SendfileNotAvailableError } from './base/errors.ts';
export type { AddressHints, AddressInfo } from './names/address-query.ts';
export {
  getaddrinfo,
  gethostbyname,
  gethostname,
  getnameinfo,
  getservbyname,
} from './names/getaddrinfo.ts';
export type { NameInfo } from './names/lookup-answer.ts';
export * from './names/name-constants.ts';
export type { NameQueryAddress } from './names/name-query.ts';
export { type Ancillary, type AncillaryInput, cmsgLen, cmsgSpace } from './sockets/ancillary.ts';
export * from './sockets/constants/family-constants.ts';
export * from './sockets/constants/message-constants.ts';
export * from './sockets/constants/socket-constants.ts';
export { type CreateConnectionOptions, createConnection } from './sockets/create-connection.ts';
export { type CreateServerOptions, createServer, hasDualstackIpv6 } from './sockets/create-server.ts';
export type { FileInput, FilePart, SendfileOptions } from './sockets/file-source.ts';
export type { OutgoingMessage } from './sockets/message-batch.ts';
export type { ReceivedMessage } from './sockets/message-calls.ts';
export { dup, fromfd, socketpair } from './sockets/open.ts';
export { ipMreq, ipv6Mreq, lingerValue } from './sockets/option-values.ts';
export { recvFds, sendFds } from './sockets/pass-fds.ts';
export { Socket } from './sockets/socket.ts';
export { type ByteSocket, SocketFile } from './sockets/socket-file.ts';
export { getdefaulttimeout, type SocketOptions, setdefaulttimeout } from './sockets/socket-options.ts';
