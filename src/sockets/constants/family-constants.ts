/** Numbers of the address families that only Linux has. `undefined` is what they are elsewhere. */

import { somewhere } from './constant-lookup.ts';

// AF_PACKET: see packet(7)

/** The level of the options below. */
export const SOL_PACKET: number | undefined = somewhere('SOL_PACKET');
/** Receive more than what is for this machine. */
export const PACKET_ADD_MEMBERSHIP: number | undefined = somewhere('PACKET_ADD_MEMBERSHIP');
/** Ends that. */
export const PACKET_DROP_MEMBERSHIP: number | undefined = somewhere('PACKET_DROP_MEMBERSHIP');
/** All packets that pass the interface. */
export const PACKET_MR_PROMISC: number | undefined = somewhere('PACKET_MR_PROMISC');
/** How many packets came and were lost. */
export const PACKET_STATISTICS: number | undefined = somewhere('PACKET_STATISTICS');
/** Packet type: for this machine. */
export const PACKET_HOST: number | undefined = somewhere('PACKET_HOST');
/** Packet type: for all. */
export const PACKET_BROADCAST: number | undefined = somewhere('PACKET_BROADCAST');
/** Packet type: for a group. */
export const PACKET_MULTICAST: number | undefined = somewhere('PACKET_MULTICAST');
/** Packet type: for another machine. */
export const PACKET_OTHERHOST: number | undefined = somewhere('PACKET_OTHERHOST');
/** Packet type: sent by this machine. */
export const PACKET_OUTGOING: number | undefined = somewhere('PACKET_OUTGOING');
/** Packet type: looped back. */
export const PACKET_LOOPBACK: number | undefined = somewhere('PACKET_LOOPBACK');
/** Protocol: all. */
export const ETH_P_ALL: number | undefined = somewhere('ETH_P_ALL');
/** Protocol: ARP. */
export const ETH_P_ARP: number | undefined = somewhere('ETH_P_ARP');
/** Protocol: IPv4. */
export const ETH_P_IP: number | undefined = somewhere('ETH_P_IP');
/** Protocol: IPv6. */
export const ETH_P_IPV6: number | undefined = somewhere('ETH_P_IPV6');

// AF_NETLINK: see netlink(7)

/** The level of the options below. */
export const SOL_NETLINK: number | undefined = somewhere('SOL_NETLINK');
/** Joins a group. */
export const NETLINK_ADD_MEMBERSHIP: number | undefined = somewhere('NETLINK_ADD_MEMBERSHIP');
/** Leaves a group. */
export const NETLINK_DROP_MEMBERSHIP: number | undefined = somewhere('NETLINK_DROP_MEMBERSHIP');
/** Protocol: interfaces, addresses and routes. */
export const NETLINK_ROUTE: number | undefined = somewhere('NETLINK_ROUTE');
/** Protocol: generic netlink. */
export const NETLINK_GENERIC: number | undefined = somewhere('NETLINK_GENERIC');
/** Protocol: devices that come and go. */
export const NETLINK_KOBJECT_UEVENT: number | undefined = somewhere('NETLINK_KOBJECT_UEVENT');
/** Protocol: audit. */
export const NETLINK_AUDIT: number | undefined = somewhere('NETLINK_AUDIT');
/** Protocol: the firewall. */
export const NETLINK_NETFILTER: number | undefined = somewhere('NETLINK_NETFILTER');
/** Protocol: other sockets. */
export const NETLINK_SOCK_DIAG: number | undefined = somewhere('NETLINK_SOCK_DIAG');
/** Protocol: between programs. */
export const NETLINK_USERSOCK: number | undefined = somewhere('NETLINK_USERSOCK');
/** Protocol: IPsec. */
export const NETLINK_XFRM: number | undefined = somewhere('NETLINK_XFRM');

// AF_VSOCK: see vsock(7)

/** Any machine; to bind. */
export const VMADDR_CID_ANY: number | undefined = somewhere('VMADDR_CID_ANY');
/** The host. */
export const VMADDR_CID_HOST: number | undefined = somewhere('VMADDR_CID_HOST');
/** This machine. */
export const VMADDR_CID_LOCAL: number | undefined = somewhere('VMADDR_CID_LOCAL');
/** Any port; to bind. */
export const VMADDR_PORT_ANY: number | undefined = somewhere('VMADDR_PORT_ANY');
/** Size of the buffer; the level is AF_VSOCK. */
export const SO_VM_SOCKETS_BUFFER_SIZE: number | undefined = somewhere('SO_VM_SOCKETS_BUFFER_SIZE');
/** Its lower limit. */
export const SO_VM_SOCKETS_BUFFER_MIN_SIZE: number | undefined = somewhere('SO_VM_SOCKETS_BUFFER_MIN_SIZE');
/** Its upper limit. */
export const SO_VM_SOCKETS_BUFFER_MAX_SIZE: number | undefined = somewhere('SO_VM_SOCKETS_BUFFER_MAX_SIZE');

// AF_CAN: see the kernel's networking/can

/** Protocol: frames. */
export const CAN_RAW: number | undefined = somewhere('CAN_RAW');
/** Protocol: broadcast manager. */
export const CAN_BCM: number | undefined = somewhere('CAN_BCM');
/** Protocol: ISO 15765-2. */
export const CAN_ISOTP: number | undefined = somewhere('CAN_ISOTP');
/** Protocol: SAE J1939. */
export const CAN_J1939: number | undefined = somewhere('CAN_J1939');
/** Lowest level of options. */
export const SOL_CAN_BASE: number | undefined = somewhere('SOL_CAN_BASE');
/** The level of the options below. */
export const SOL_CAN_RAW: number | undefined = somewhere('SOL_CAN_RAW');
/** Which frames to receive. */
export const CAN_RAW_FILTER: number | undefined = somewhere('CAN_RAW_FILTER');
/** Which errors to receive. */
export const CAN_RAW_ERR_FILTER: number | undefined = somewhere('CAN_RAW_ERR_FILTER');
/** Other programs hear what is sent. */
export const CAN_RAW_LOOPBACK: number | undefined = somewhere('CAN_RAW_LOOPBACK');
/** This socket hears itself. */
export const CAN_RAW_RECV_OWN_MSGS: number | undefined = somewhere('CAN_RAW_RECV_OWN_MSGS');
/** CAN FD frames too. */
export const CAN_RAW_FD_FRAMES: number | undefined = somewhere('CAN_RAW_FD_FRAMES');
/** Identifier of 29 bits. */
export const CAN_EFF_FLAG: number | undefined = somewhere('CAN_EFF_FLAG');
/** Request for a frame. */
export const CAN_RTR_FLAG: number | undefined = somewhere('CAN_RTR_FLAG');
/** Error frame. */
export const CAN_ERR_FLAG: number | undefined = somewhere('CAN_ERR_FLAG');
/** Identifiers of 11 bits. */
export const CAN_SFF_MASK: number | undefined = somewhere('CAN_SFF_MASK');
/** Identifiers of 29 bits. */
export const CAN_EFF_MASK: number | undefined = somewhere('CAN_EFF_MASK');
/** Classes of errors. */
export const CAN_ERR_MASK: number | undefined = somewhere('CAN_ERR_MASK');

// AF_ALG: see the kernel's crypto/userspace-if

/** The family: algorithms of the kernel. */
export const AF_ALG: number | undefined = somewhere('AF_ALG');
/** The level of what is below. */
export const SOL_ALG: number | undefined = somewhere('SOL_ALG');
/** Sets the key. */
export const ALG_SET_KEY: number | undefined = somewhere('ALG_SET_KEY');
/** Sets the initial vector. */
export const ALG_SET_IV: number | undefined = somewhere('ALG_SET_IV');
/** Sets the direction. */
export const ALG_SET_OP: number | undefined = somewhere('ALG_SET_OP');
/** Length of the associated data. */
export const ALG_SET_AEAD_ASSOCLEN: number | undefined = somewhere('ALG_SET_AEAD_ASSOCLEN');
/** Length of the tag. */
export const ALG_SET_AEAD_AUTHSIZE: number | undefined = somewhere('ALG_SET_AEAD_AUTHSIZE');
/** Decrypt. */
export const ALG_OP_DECRYPT: number | undefined = somewhere('ALG_OP_DECRYPT');
/** Encrypt. */
export const ALG_OP_ENCRYPT: number | undefined = somewhere('ALG_OP_ENCRYPT');
