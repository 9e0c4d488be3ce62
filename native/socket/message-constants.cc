// Numbers of ancillary data, of datagrams and of what few programs ask a socket for.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../constant-table.h"
#include "family-constants.h"

// After the headers of the C library, which it completes.
#if __has_include(<linux/udp.h>)
#include <linux/udp.h>
#endif

namespace selectloop {
namespace {

// What some systems have. The first two are ours: what a control message takes besides its data, and to
// multiples of what the next one is moved.
// One name a line, which clang-format would make a staircase of.
// clang-format off
constexpr Constant kConstants[] = {
    {"CMSG_HEADER_BYTES", CMSG_LEN(0)},
    {"CMSG_ALIGN_BYTES", CMSG_SPACE(1) - CMSG_SPACE(0)},
#ifdef IP_ADD_SOURCE_MEMBERSHIP
    ENTRY(IP_ADD_SOURCE_MEMBERSHIP)
#endif
#ifdef IP_DROP_SOURCE_MEMBERSHIP
    ENTRY(IP_DROP_SOURCE_MEMBERSHIP)
#endif
#ifdef IP_BLOCK_SOURCE
    ENTRY(IP_BLOCK_SOURCE)
#endif
#ifdef IP_UNBLOCK_SOURCE
    ENTRY(IP_UNBLOCK_SOURCE)
#endif
#ifdef IP_MTU
    ENTRY(IP_MTU)
#endif
#ifdef IP_MTU_DISCOVER
    ENTRY(IP_MTU_DISCOVER)
#endif
#ifdef IP_PMTUDISC_DO
    ENTRY(IP_PMTUDISC_DO)
#endif
#ifdef IP_PMTUDISC_DONT
    ENTRY(IP_PMTUDISC_DONT)
#endif
#ifdef IP_PMTUDISC_PROBE
    ENTRY(IP_PMTUDISC_PROBE)
#endif
#ifdef IP_PMTUDISC_WANT
    ENTRY(IP_PMTUDISC_WANT)
#endif
#ifdef IP_RECVDSTADDR
    ENTRY(IP_RECVDSTADDR)
#endif
#ifdef IP_RECVERR
    ENTRY(IP_RECVERR)
#endif
#ifdef IP_RECVTTL
    ENTRY(IP_RECVTTL)
#endif
#ifdef IPV6_HOPLIMIT
    ENTRY(IPV6_HOPLIMIT)
#endif
#ifdef IPV6_MTU
    ENTRY(IPV6_MTU)
#endif
#ifdef IPV6_RECVERR
    ENTRY(IPV6_RECVERR)
#endif
#ifdef IPV6_RECVHOPLIMIT
    ENTRY(IPV6_RECVHOPLIMIT)
#endif
#ifdef UDP_GRO
    ENTRY(UDP_GRO)
#endif
#ifdef UDP_SEGMENT
    ENTRY(UDP_SEGMENT)
#endif
#ifdef SOL_UDP
    ENTRY(SOL_UDP)
#endif
#ifdef LOCAL_CREDS
    ENTRY(LOCAL_CREDS)
#endif
#ifdef LOCAL_PEERCRED
    ENTRY(LOCAL_PEERCRED)
#endif
#ifdef LOCAL_PEERPID
    ENTRY(LOCAL_PEERPID)
#endif
#ifdef SCM_CREDS
    ENTRY(SCM_CREDS)
#endif
#ifdef SCM_PIDFD
    ENTRY(SCM_PIDFD)
#endif
#ifdef SCM_TIMESTAMP
    ENTRY(SCM_TIMESTAMP)
#endif
#ifdef SCM_TIMESTAMPNS
    ENTRY(SCM_TIMESTAMPNS)
#endif
#ifdef SCM_TIMESTAMPING
    ENTRY(SCM_TIMESTAMPING)
#endif
#ifdef SO_BINDTOIFINDEX
    ENTRY(SO_BINDTOIFINDEX)
#endif
#ifdef SO_DETACH_FILTER
    ENTRY(SO_DETACH_FILTER)
#endif
#ifdef SO_ATTACH_FILTER
    ENTRY(SO_ATTACH_FILTER)
#endif
#ifdef SO_ATTACH_REUSEPORT_CBPF
    ENTRY(SO_ATTACH_REUSEPORT_CBPF)
#endif
#ifdef SO_INCOMING_NAPI_ID
    ENTRY(SO_INCOMING_NAPI_ID)
#endif
#ifdef SO_PASSPIDFD
    ENTRY(SO_PASSPIDFD)
#endif
#ifdef SO_PASSSEC
    ENTRY(SO_PASSSEC)
#endif
#ifdef SO_PEEK_OFF
    ENTRY(SO_PEEK_OFF)
#endif
#ifdef SO_PEERPIDFD
    ENTRY(SO_PEERPIDFD)
#endif
#ifdef SO_PEERSEC
    ENTRY(SO_PEERSEC)
#endif
#ifdef SO_RXQ_OVFL
    ENTRY(SO_RXQ_OVFL)
#endif
#ifdef SO_SETFIB
    ENTRY(SO_SETFIB)
#endif
#ifdef SO_TIMESTAMPING
    ENTRY(SO_TIMESTAMPING)
#endif
#ifdef SO_TIMESTAMPNS
    ENTRY(SO_TIMESTAMPNS)
#endif
#ifdef SO_USELOOPBACK
    ENTRY(SO_USELOOPBACK)
#endif
#ifdef SO_USER_COOKIE
    ENTRY(SO_USER_COOKIE)
#endif
#ifdef MSG_CONFIRM
    ENTRY(MSG_CONFIRM)
#endif
#ifdef MSG_FASTOPEN
    ENTRY(MSG_FASTOPEN)
#endif
#ifdef MSG_ZEROCOPY
    ENTRY(MSG_ZEROCOPY)
#endif
};
// clang-format on

}  // namespace

void AddMessageConstants(Napi::Object constants) { AddConstants(constants, kConstants); }

}  // namespace selectloop
