/**
 * The system's numbers for names: flags of getaddrinfo and getnameinfo, and what they refuse. See
 * `constants.ts`.
 */

import { defaultKernel } from '../kernel/default-kernel.ts';

const { constants } = defaultKernel();

// Flags of getaddrinfo

/** Addresses to bind, not to connect to: with no host, those that stand for any. */
export const AI_PASSIVE: number = constants.AI_PASSIVE as number;
/** The canonical name too, in the first entry. */
export const AI_CANONNAME: number = constants.AI_CANONNAME as number;
/** The host is an address: never ask a name server. */
export const AI_NUMERICHOST: number = constants.AI_NUMERICHOST as number;
/** The port is a number: never look into the table of services. */
export const AI_NUMERICSERV: number = constants.AI_NUMERICSERV as number;
/** Only families that this machine has an address of. */
export const AI_ADDRCONFIG: number = constants.AI_ADDRCONFIG as number;
/** IPv4 addresses as IPv6 ones, when there are no others. */
export const AI_V4MAPPED: number | undefined = constants.AI_V4MAPPED;
/** With AI_V4MAPPED: those of both. */
export const AI_ALL: number | undefined = constants.AI_ALL;

// Flags of getnameinfo

/** The address as text instead of a name. */
export const NI_NUMERICHOST: number = constants.NI_NUMERICHOST as number;
/** The port as text instead of a service. */
export const NI_NUMERICSERV: number = constants.NI_NUMERICSERV as number;
/** Fail when the host has no name. */
export const NI_NAMEREQD: number = constants.NI_NAMEREQD as number;
/** Only the first part of a name of the local domain. */
export const NI_NOFQDN: number = constants.NI_NOFQDN as number;
/** The service of UDP, where it differs from that of TCP. */
export const NI_DGRAM: number = constants.NI_DGRAM as number;

// What the resolver refuses, as in GaiError.eai

/** No name server could be asked; it may be possible later. */
export const EAI_AGAIN: number = constants.EAI_AGAIN as number;
/** Invalid flags, or flags that do not go together. */
export const EAI_BADFLAGS: number = constants.EAI_BADFLAGS as number;
/** A name server failed for good. */
export const EAI_FAIL: number = constants.EAI_FAIL as number;
/** The family is not supported. */
export const EAI_FAMILY: number = constants.EAI_FAMILY as number;
/** Out of memory. */
export const EAI_MEMORY: number = constants.EAI_MEMORY as number;
/** No such name, or neither host nor port. */
export const EAI_NONAME: number = constants.EAI_NONAME as number;
/** A name is too long. */
export const EAI_OVERFLOW: number = constants.EAI_OVERFLOW as number;
/** No such service for this type of socket. */
export const EAI_SERVICE: number = constants.EAI_SERVICE as number;
/** The type of socket is not supported, or does not fit the protocol. */
export const EAI_SOCKTYPE: number = constants.EAI_SOCKTYPE as number;
/** A system call failed; raised as an OSError with its code. */
export const EAI_SYSTEM: number = constants.EAI_SYSTEM as number;
/** The name has no address of that family. */
export const EAI_ADDRFAMILY: number | undefined = constants.EAI_ADDRFAMILY;
/** The name exists and has no address. */
export const EAI_NODATA: number | undefined = constants.EAI_NODATA;
