/**
 * The system's numbers for sockets, by their POSIX names. They come from the addon, since they differ between
 * systems: importing this file loads it, and fails with the loader's words where it cannot be loaded. Nothing
 * that `selectloop` itself imports imports this file.
 *
 * A name typed `number | undefined` does not exist everywhere; `undefined` is what it is where it does not.
 */

import { everywhere, somewhere } from './constant-lookup.ts';

// Address families

/** No particular family. */
export const AF_UNSPEC: number = everywhere('AF_UNSPEC');
/** Sockets of this machine, named by paths. */
export const AF_UNIX: number = everywhere('AF_UNIX');
/** IPv4. */
export const AF_INET: number = everywhere('AF_INET');
/** IPv6. */
export const AF_INET6: number = everywhere('AF_INET6');
/** Controller area network. Linux. */
export const AF_CAN: number | undefined = somewhere('AF_CAN');
/** Talk to the kernel's network stack. Linux. */
export const AF_NETLINK: number | undefined = somewhere('AF_NETLINK');
/** Frames of a network interface. Linux. */
export const AF_PACKET: number | undefined = somewhere('AF_PACKET');
/** Routing messages. */
export const AF_ROUTE: number | undefined = somewhere('AF_ROUTE');
/** Between a virtual machine and its host. */
export const AF_VSOCK: number | undefined = somewhere('AF_VSOCK');

// Types

/** A stream of bytes: TCP. */
export const SOCK_STREAM: number = everywhere('SOCK_STREAM');
/** Messages that may be lost or reordered: UDP. */
export const SOCK_DGRAM: number = everywhere('SOCK_DGRAM');
/** Packets of a protocol, with privileges. */
export const SOCK_RAW: number = everywhere('SOCK_RAW');
/** A stream of messages, in order, none lost. */
export const SOCK_SEQPACKET: number = everywhere('SOCK_SEQPACKET');

// Protocols, which are levels of options too

/** Options of IPv4. */
export const IPPROTO_IP: number = everywhere('IPPROTO_IP');
/** ICMP. */
export const IPPROTO_ICMP: number = everywhere('IPPROTO_ICMP');
/** TCP. */
export const IPPROTO_TCP: number = everywhere('IPPROTO_TCP');
/** UDP. */
export const IPPROTO_UDP: number = everywhere('IPPROTO_UDP');
/** Options of IPv6. */
export const IPPROTO_IPV6: number = everywhere('IPPROTO_IPV6');
/** ICMP of IPv6. */
export const IPPROTO_ICMPV6: number = everywhere('IPPROTO_ICMPV6');
/** Raw IP. */
export const IPPROTO_RAW: number = everywhere('IPPROTO_RAW');
/** TCP over several paths. Linux. */
export const IPPROTO_MPTCP: number | undefined = somewhere('IPPROTO_MPTCP');
/** SCTP. */
export const IPPROTO_SCTP: number | undefined = somewhere('IPPROTO_SCTP');
/** UDP with partial checksums. Linux. */
export const IPPROTO_UDPLITE: number | undefined = somewhere('IPPROTO_UDPLITE');

// How to shut down; how many may wait

/** No more receiving. */
export const SHUT_RD: number = everywhere('SHUT_RD');
/** No more sending: the peer reads the end of the stream. */
export const SHUT_WR: number = everywhere('SHUT_WR');
/** Neither. */
export const SHUT_RDWR: number = everywhere('SHUT_RDWR');
/** The longest backlog the system's headers promise. */
export const SOMAXCONN: number = everywhere('SOMAXCONN');

// Options of SOL_SOCKET: see socket(7)

/** The level of the options below. */
export const SOL_SOCKET: number = everywhere('SOL_SOCKET');
/** May send to broadcast addresses. */
export const SO_BROADCAST: number = everywhere('SO_BROADCAST');
/** Records debugging information. */
export const SO_DEBUG: number = everywhere('SO_DEBUG');
/** Sends to directly connected hosts only. */
export const SO_DONTROUTE: number = everywhere('SO_DONTROUTE');
/** The pending error's number; reading clears it. */
export const SO_ERROR: number = everywhere('SO_ERROR');
/** Probes idle connections. */
export const SO_KEEPALIVE: number = everywhere('SO_KEEPALIVE');
/** What close does with unsent data; a struct of two ints: on, seconds. */
export const SO_LINGER: number = everywhere('SO_LINGER');
/** Out-of-band data arrives in the stream. */
export const SO_OOBINLINE: number = everywhere('SO_OOBINLINE');
/** Size of the receive buffer in bytes; Linux doubles what is set. */
export const SO_RCVBUF: number = everywhere('SO_RCVBUF');
/** Bytes that must be there to be readable. */
export const SO_RCVLOWAT: number = everywhere('SO_RCVLOWAT');
/** The system's own receive time-out. Without effect here: use settimeout. */
export const SO_RCVTIMEO: number = everywhere('SO_RCVTIMEO');
/** May bind an address that old connections still use. */
export const SO_REUSEADDR: number = everywhere('SO_REUSEADDR');
/** Several sockets may bind the same address; Linux shares connections out among them. */
export const SO_REUSEPORT: number = everywhere('SO_REUSEPORT');
/** Size of the send buffer in bytes; Linux doubles what is set. */
export const SO_SNDBUF: number = everywhere('SO_SNDBUF');
/** Room that must be there to be writable. */
export const SO_SNDLOWAT: number = everywhere('SO_SNDLOWAT');
/** The system's own send time-out. Without effect here: use settimeout. */
export const SO_SNDTIMEO: number = everywhere('SO_SNDTIMEO');
/** The socket's type. */
export const SO_TYPE: number = everywhere('SO_TYPE');
/** 1 for a listening socket. */
export const SO_ACCEPTCONN: number | undefined = somewhere('SO_ACCEPTCONN');
/** Only this interface, by name. Linux. */
export const SO_BINDTODEVICE: number | undefined = somewhere('SO_BINDTODEVICE');
/** Microseconds to poll the device when there is nothing to receive. Linux. */
export const SO_BUSY_POLL: number | undefined = somewhere('SO_BUSY_POLL');
/** The socket's family. */
export const SO_DOMAIN: number | undefined = somewhere('SO_DOMAIN');
/** The CPU that packets arrive on. Linux. */
export const SO_INCOMING_CPU: number | undefined = somewhere('SO_INCOMING_CPU');
/** A mark on each packet, for routing and filters. Linux. */
export const SO_MARK: number | undefined = somewhere('SO_MARK');
/** No SIGPIPE. BSD, macOS; set on every socket here where it is needed. */
export const SO_NOSIGPIPE: number | undefined = somewhere('SO_NOSIGPIPE');
/** Receive the peer's credentials with each message. Linux. */
export const SO_PASSCRED: number | undefined = somewhere('SO_PASSCRED');
/** Who made the connection: a struct of pid, uid, gid. Linux. */
export const SO_PEERCRED: number | undefined = somewhere('SO_PEERCRED');
/** Priority of the packets. Linux. */
export const SO_PRIORITY: number | undefined = somewhere('SO_PRIORITY');
/** The socket's protocol. */
export const SO_PROTOCOL: number | undefined = somewhere('SO_PROTOCOL');
/** Receive the time of arrival with each message. */
export const SO_TIMESTAMP: number | undefined = somewhere('SO_TIMESTAMP');
/** Allows MSG_ZEROCOPY. Linux. */
export const SO_ZEROCOPY: number | undefined = somewhere('SO_ZEROCOPY');

// Options of IPPROTO_IP: see ip(7)

/** Joins a multicast group. */
export const IP_ADD_MEMBERSHIP: number = everywhere('IP_ADD_MEMBERSHIP');
/** Leaves a multicast group. */
export const IP_DROP_MEMBERSHIP: number = everywhere('IP_DROP_MEMBERSHIP');
/** Raw sockets bring their own header. */
export const IP_HDRINCL: number = everywhere('IP_HDRINCL');
/** Interface that multicasts leave by. */
export const IP_MULTICAST_IF: number = everywhere('IP_MULTICAST_IF');
/** Own multicasts come back. */
export const IP_MULTICAST_LOOP: number = everywhere('IP_MULTICAST_LOOP');
/** Hops a multicast may make. */
export const IP_MULTICAST_TTL: number = everywhere('IP_MULTICAST_TTL');
/** IP options of each packet. */
export const IP_OPTIONS: number = everywhere('IP_OPTIONS');
/** Type of service of each packet. */
export const IP_TOS: number = everywhere('IP_TOS');
/** Hops a packet may make. */
export const IP_TTL: number = everywhere('IP_TTL');
/** bind with port 0 leaves the choice of a port to connect. Linux. */
export const IP_BIND_ADDRESS_NO_PORT: number | undefined = somewhere('IP_BIND_ADDRESS_NO_PORT');
/** May bind addresses that do not exist yet. Linux. */
export const IP_FREEBIND: number | undefined = somewhere('IP_FREEBIND');
/** Receive the destination with each message. */
export const IP_PKTINFO: number | undefined = somewhere('IP_PKTINFO');
/** Receive the type of service with each message. */
export const IP_RECVTOS: number | undefined = somewhere('IP_RECVTOS');
/** Transparent proxying. Linux. */
export const IP_TRANSPARENT: number | undefined = somewhere('IP_TRANSPARENT');

// Options of IPPROTO_IPV6: see ipv6(7)

/** Joins a multicast group. */
export const IPV6_JOIN_GROUP: number = everywhere('IPV6_JOIN_GROUP');
/** Leaves a multicast group. */
export const IPV6_LEAVE_GROUP: number = everywhere('IPV6_LEAVE_GROUP');
/** Hops a multicast may make. */
export const IPV6_MULTICAST_HOPS: number = everywhere('IPV6_MULTICAST_HOPS');
/** Interface that multicasts leave by. */
export const IPV6_MULTICAST_IF: number = everywhere('IPV6_MULTICAST_IF');
/** Own multicasts come back. */
export const IPV6_MULTICAST_LOOP: number = everywhere('IPV6_MULTICAST_LOOP');
/** Hops a packet may make. */
export const IPV6_UNICAST_HOPS: number = everywhere('IPV6_UNICAST_HOPS');
/** IPv6 only: not IPv4 through mapped addresses. */
export const IPV6_V6ONLY: number = everywhere('IPV6_V6ONLY');
/** Packets are not fragmented. */
export const IPV6_DONTFRAG: number | undefined = somewhere('IPV6_DONTFRAG');
/** Source or destination of a message. */
export const IPV6_PKTINFO: number | undefined = somewhere('IPV6_PKTINFO');
/** Receive the destination with each message. */
export const IPV6_RECVPKTINFO: number | undefined = somewhere('IPV6_RECVPKTINFO');
/** Receive the traffic class with each message. */
export const IPV6_RECVTCLASS: number | undefined = somewhere('IPV6_RECVTCLASS');
/** Traffic class of each packet. */
export const IPV6_TCLASS: number | undefined = somewhere('IPV6_TCLASS');

// Options of IPPROTO_TCP: see tcp(7)

/** Largest segment in bytes. */
export const TCP_MAXSEG: number = everywhere('TCP_MAXSEG');
/** Sends small segments at once. */
export const TCP_NODELAY: number = everywhere('TCP_NODELAY');
/** Name of the congestion control. */
export const TCP_CONGESTION: number | undefined = somewhere('TCP_CONGESTION');
/** Holds partial segments back. Linux. */
export const TCP_CORK: number | undefined = somewhere('TCP_CORK');
/** Seconds to wait for data before accept() sees the connection. Linux. */
export const TCP_DEFER_ACCEPT: number | undefined = somewhere('TCP_DEFER_ACCEPT');
/** Data in the first segment; the backlog of such connections. */
export const TCP_FASTOPEN: number | undefined = somewhere('TCP_FASTOPEN');
/** connect waits for the first send, which travels with it. Linux. */
export const TCP_FASTOPEN_CONNECT: number | undefined = somewhere('TCP_FASTOPEN_CONNECT');
/** The connection's state, as a struct. */
export const TCP_INFO: number | undefined = somewhere('TCP_INFO');
/** Seconds of idleness before the first probe. macOS. */
export const TCP_KEEPALIVE: number | undefined = somewhere('TCP_KEEPALIVE');
/** Probes before the connection is given up. */
export const TCP_KEEPCNT: number | undefined = somewhere('TCP_KEEPCNT');
/** Seconds of idleness before the first probe. */
export const TCP_KEEPIDLE: number | undefined = somewhere('TCP_KEEPIDLE');
/** Seconds between probes. */
export const TCP_KEEPINTVL: number | undefined = somewhere('TCP_KEEPINTVL');
/** Holds partial segments back. BSD, macOS. */
export const TCP_NOPUSH: number | undefined = somewhere('TCP_NOPUSH');
/** Unsent bytes above which the socket is not writable. */
export const TCP_NOTSENT_LOWAT: number | undefined = somewhere('TCP_NOTSENT_LOWAT');
/** Acknowledges at once, until the system thinks better of it. Linux. */
export const TCP_QUICKACK: number | undefined = somewhere('TCP_QUICKACK');
/** Attempts to connect before giving up. Linux. */
export const TCP_SYNCNT: number | undefined = somewhere('TCP_SYNCNT');
/** Milliseconds that data may stay unacknowledged. Linux. */
export const TCP_USER_TIMEOUT: number | undefined = somewhere('TCP_USER_TIMEOUT');

// Flags of recv and send

/** Ancillary data was cut. */
export const MSG_CTRUNC: number = everywhere('MSG_CTRUNC');
/** Directly connected hosts only. */
export const MSG_DONTROUTE: number = everywhere('MSG_DONTROUTE');
/** Does not wait. Sockets here never wait in the system anyway; settimeout(0) is what you want. */
export const MSG_DONTWAIT: number = everywhere('MSG_DONTWAIT');
/** Out-of-band data. */
export const MSG_OOB: number = everywhere('MSG_OOB');
/** Looks without taking. */
export const MSG_PEEK: number = everywhere('MSG_PEEK');
/** The message was cut; on Linux, asks for its full length. */
export const MSG_TRUNC: number = everywhere('MSG_TRUNC');
/** Waits for all bytes. Without effect here: sockets never wait in the system. */
export const MSG_WAITALL: number = everywhere('MSG_WAITALL');
/** Received descriptors are close-on-exec. */
export const MSG_CMSG_CLOEXEC: number | undefined = somewhere('MSG_CMSG_CLOEXEC');
/** Ends a record. */
export const MSG_EOR: number | undefined = somewhere('MSG_EOR');
/** Reads the error queue. Linux. */
export const MSG_ERRQUEUE: number | undefined = somewhere('MSG_ERRQUEUE');
/** More will follow at once. Linux. */
export const MSG_MORE: number | undefined = somewhere('MSG_MORE');
/** No SIGPIPE. Every send here has it, where the system has it. */
export const MSG_NOSIGNAL: number | undefined = somewhere('MSG_NOSIGNAL');
