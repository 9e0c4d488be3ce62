/**
 * More of the system's numbers: ancillary data, multicast and path discovery, what few programs ask a socket
 * for. None exists everywhere: `undefined` is what it is where it does not.
 */

import { somewhere } from './constant-lookup.ts';

// Types of ancillary data, level SOL_SOCKET: see unix(7)

/** Descriptors: 32-bit numbers. */
export const SCM_RIGHTS: number | undefined = somewhere('SCM_RIGHTS');
/** Who sent it: pid, uid, gid, 32 bits each. Linux. */
export const SCM_CREDENTIALS: number | undefined = somewhere('SCM_CREDENTIALS');
/** Who sent it, as a struct. BSD, macOS. */
export const SCM_CREDS: number | undefined = somewhere('SCM_CREDS');
/** A descriptor for the sending process. Linux. */
export const SCM_PIDFD: number | undefined = somewhere('SCM_PIDFD');
/** When it arrived, as a struct timeval. */
export const SCM_TIMESTAMP: number | undefined = somewhere('SCM_TIMESTAMP');
/** When it arrived, as a struct timespec. Linux. */
export const SCM_TIMESTAMPNS: number | undefined = somewhere('SCM_TIMESTAMPNS');
/** Time stamps of software and hardware. Linux. */
export const SCM_TIMESTAMPING: number | undefined = somewhere('SCM_TIMESTAMPING');

// Options of SOL_SOCKET: see socket(7)

/** Attaches a classic BPF program. Linux. */
export const SO_ATTACH_FILTER: number | undefined = somewhere('SO_ATTACH_FILTER');
/** A BPF program chooses among sockets of one port. Linux. */
export const SO_ATTACH_REUSEPORT_CBPF: number | undefined = somewhere('SO_ATTACH_REUSEPORT_CBPF');
/** Only this interface, by index. Linux. */
export const SO_BINDTOIFINDEX: number | undefined = somewhere('SO_BINDTOIFINDEX');
/** Removes the BPF program. Linux. */
export const SO_DETACH_FILTER: number | undefined = somewhere('SO_DETACH_FILTER');
/** The receive queue that packets arrive on. Linux. */
export const SO_INCOMING_NAPI_ID: number | undefined = somewhere('SO_INCOMING_NAPI_ID');
/** Receive SCM_PIDFD with each message. Linux. */
export const SO_PASSPIDFD: number | undefined = somewhere('SO_PASSPIDFD');
/** Receive security labels with each message. Linux. */
export const SO_PASSSEC: number | undefined = somewhere('SO_PASSSEC');
/** Where MSG_PEEK begins. Linux. */
export const SO_PEEK_OFF: number | undefined = somewhere('SO_PEEK_OFF');
/** A descriptor for the process at the other end. Linux. */
export const SO_PEERPIDFD: number | undefined = somewhere('SO_PEERPIDFD');
/** The security label of the other end. Linux. */
export const SO_PEERSEC: number | undefined = somewhere('SO_PEERSEC');
/** Receive the number of lost packets with each message. Linux. */
export const SO_RXQ_OVFL: number | undefined = somewhere('SO_RXQ_OVFL');
/** The routing table. FreeBSD. */
export const SO_SETFIB: number | undefined = somewhere('SO_SETFIB');
/** Which time stamps to receive. Linux. */
export const SO_TIMESTAMPING: number | undefined = somewhere('SO_TIMESTAMPING');
/** Receive SCM_TIMESTAMPNS with each message. Linux. */
export const SO_TIMESTAMPNS: number | undefined = somewhere('SO_TIMESTAMPNS');
/** Routing sockets hear themselves. BSD, macOS. */
export const SO_USELOOPBACK: number | undefined = somewhere('SO_USELOOPBACK');
/** A number for the firewall. FreeBSD. */
export const SO_USER_COOKIE: number | undefined = somewhere('SO_USER_COOKIE');
/** Receive credentials on unix sockets. BSD. */
export const LOCAL_CREDS: number | undefined = somewhere('LOCAL_CREDS');
/** Who made the connection. BSD, macOS; level 0. */
export const LOCAL_PEERCRED: number | undefined = somewhere('LOCAL_PEERCRED');
/** The process at the other end. macOS; level 0. */
export const LOCAL_PEERPID: number | undefined = somewhere('LOCAL_PEERPID');

// Options of IPPROTO_IP and IPPROTO_IPV6: see ip(7), ipv6(7)

/** Joins a group for one sender. */
export const IP_ADD_SOURCE_MEMBERSHIP: number | undefined = somewhere('IP_ADD_SOURCE_MEMBERSHIP');
/** Leaves a group for one sender. */
export const IP_DROP_SOURCE_MEMBERSHIP: number | undefined = somewhere('IP_DROP_SOURCE_MEMBERSHIP');
/** Hears a group without one sender. */
export const IP_BLOCK_SOURCE: number | undefined = somewhere('IP_BLOCK_SOURCE');
/** Hears that sender again. */
export const IP_UNBLOCK_SOURCE: number | undefined = somewhere('IP_UNBLOCK_SOURCE');
/** The connected path's largest packet. Linux. */
export const IP_MTU: number | undefined = somewhere('IP_MTU');
/** Whether packets may be fragmented. Linux. */
export const IP_MTU_DISCOVER: number | undefined = somewhere('IP_MTU_DISCOVER');
/** Never fragmented: EMSGSIZE instead. */
export const IP_PMTUDISC_DO: number | undefined = somewhere('IP_PMTUDISC_DO');
/** Fragmented as needed. */
export const IP_PMTUDISC_DONT: number | undefined = somewhere('IP_PMTUDISC_DONT');
/** Never fragmented, and the known limit ignored. */
export const IP_PMTUDISC_PROBE: number | undefined = somewhere('IP_PMTUDISC_PROBE');
/** As the route says. */
export const IP_PMTUDISC_WANT: number | undefined = somewhere('IP_PMTUDISC_WANT');
/** Receive the destination with each message. BSD, macOS. */
export const IP_RECVDSTADDR: number | undefined = somewhere('IP_RECVDSTADDR');
/** Receive network errors by MSG_ERRQUEUE. Linux. */
export const IP_RECVERR: number | undefined = somewhere('IP_RECVERR');
/** Receive the hops left with each message. */
export const IP_RECVTTL: number | undefined = somewhere('IP_RECVTTL');
/** Hops left of a message. */
export const IPV6_HOPLIMIT: number | undefined = somewhere('IPV6_HOPLIMIT');
/** The connected path's largest packet. Linux. */
export const IPV6_MTU: number | undefined = somewhere('IPV6_MTU');
/** Receive network errors by MSG_ERRQUEUE. Linux. */
export const IPV6_RECVERR: number | undefined = somewhere('IPV6_RECVERR');
/** Receive the hops left with each message. */
export const IPV6_RECVHOPLIMIT: number | undefined = somewhere('IPV6_RECVHOPLIMIT');

// UDP: see udp(7)

/** The level of the options below. Linux. */
export const SOL_UDP: number | undefined = somewhere('SOL_UDP');
/** Receive a run of equal datagrams as one. Linux. */
export const UDP_GRO: number | undefined = somewhere('UDP_GRO');
/** Send one buffer as datagrams of this size. Linux. */
export const UDP_SEGMENT: number | undefined = somewhere('UDP_SEGMENT');

// Flags of messages

/** The neighbour is known to be there. Linux. */
export const MSG_CONFIRM: number | undefined = somewhere('MSG_CONFIRM');
/** Connects with the data in the first segment. Linux. */
export const MSG_FASTOPEN: number | undefined = somewhere('MSG_FASTOPEN');
/** Sends without a copy; done when the error queue says so. Linux. */
export const MSG_ZEROCOPY: number | undefined = somewhere('MSG_ZEROCOPY');
