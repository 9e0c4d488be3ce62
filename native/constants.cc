// Numbers that differ between systems, as the frozen object `constants`. A name that this system does not
// have is not in it. Error numbers are not here: Node brings those (src/kernel/errno.ts).

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "constant-table.h"
#include "process/limit-constants.h"
#include "room.h"
#include "rooms.h"
#include "socket/family-constants.h"
#include "socket/sockaddr.h"

namespace selectloop {
namespace {

// Tables by subject, a line for each: the formatter would run them together.
// clang-format off

// What POSIX demands, or every system we build on has.
constexpr Constant kEverywhere[] = {
    ENTRY(AF_UNSPEC) ENTRY(AF_UNIX) ENTRY(AF_INET) ENTRY(AF_INET6)
    ENTRY(SOCK_STREAM) ENTRY(SOCK_DGRAM) ENTRY(SOCK_RAW) ENTRY(SOCK_SEQPACKET)
    ENTRY(SOMAXCONN) ENTRY(SHUT_RD) ENTRY(SHUT_WR) ENTRY(SHUT_RDWR)
    ENTRY(SOL_SOCKET) ENTRY(SO_BROADCAST) ENTRY(SO_DEBUG) ENTRY(SO_DONTROUTE) ENTRY(SO_ERROR)
    ENTRY(SO_KEEPALIVE) ENTRY(SO_LINGER) ENTRY(SO_OOBINLINE) ENTRY(SO_RCVBUF) ENTRY(SO_RCVLOWAT)
    ENTRY(SO_RCVTIMEO) ENTRY(SO_REUSEADDR) ENTRY(SO_REUSEPORT) ENTRY(SO_SNDBUF) ENTRY(SO_SNDLOWAT)
    ENTRY(SO_SNDTIMEO) ENTRY(SO_TYPE)
    ENTRY(IPPROTO_IP) ENTRY(IPPROTO_ICMP) ENTRY(IPPROTO_TCP) ENTRY(IPPROTO_UDP) ENTRY(IPPROTO_IPV6)
    ENTRY(IPPROTO_ICMPV6) ENTRY(IPPROTO_RAW)
    ENTRY(IP_ADD_MEMBERSHIP) ENTRY(IP_DROP_MEMBERSHIP) ENTRY(IP_HDRINCL) ENTRY(IP_MULTICAST_IF)
    ENTRY(IP_MULTICAST_LOOP) ENTRY(IP_MULTICAST_TTL) ENTRY(IP_OPTIONS) ENTRY(IP_TOS) ENTRY(IP_TTL)
    ENTRY(IPV6_JOIN_GROUP) ENTRY(IPV6_LEAVE_GROUP) ENTRY(IPV6_MULTICAST_HOPS) ENTRY(IPV6_MULTICAST_IF)
    ENTRY(IPV6_MULTICAST_LOOP) ENTRY(IPV6_UNICAST_HOPS) ENTRY(IPV6_V6ONLY)
    ENTRY(TCP_MAXSEG) ENTRY(TCP_NODELAY)
    ENTRY(MSG_CTRUNC) ENTRY(MSG_DONTROUTE) ENTRY(MSG_DONTWAIT) ENTRY(MSG_OOB) ENTRY(MSG_PEEK)
    ENTRY(MSG_TRUNC) ENTRY(MSG_WAITALL)
    ENTRY(SCM_RIGHTS)
    ENTRY(AI_ADDRCONFIG) ENTRY(AI_CANONNAME) ENTRY(AI_NUMERICHOST) ENTRY(AI_NUMERICSERV)
    ENTRY(AI_PASSIVE)
    ENTRY(NI_DGRAM) ENTRY(NI_NAMEREQD) ENTRY(NI_NOFQDN) ENTRY(NI_NUMERICHOST) ENTRY(NI_NUMERICSERV)
    ENTRY(EAI_AGAIN) ENTRY(EAI_BADFLAGS) ENTRY(EAI_FAIL) ENTRY(EAI_FAMILY) ENTRY(EAI_MEMORY)
    ENTRY(EAI_NONAME) ENTRY(EAI_OVERFLOW) ENTRY(EAI_SERVICE) ENTRY(EAI_SOCKTYPE) ENTRY(EAI_SYSTEM)
};

// What some systems have, and the others do in another way or not at all.
constexpr Constant kSomewhere[] = {
#ifdef AF_CAN
    ENTRY(AF_CAN)
#endif
#ifdef AF_NETLINK
    ENTRY(AF_NETLINK)
#endif
#ifdef AF_PACKET
    ENTRY(AF_PACKET)
#endif
#ifdef AF_ROUTE
    ENTRY(AF_ROUTE)
#endif
#ifdef AF_VSOCK
    ENTRY(AF_VSOCK)
#endif
#ifdef SO_ACCEPTCONN
    ENTRY(SO_ACCEPTCONN)
#endif
#ifdef SO_BINDTODEVICE
    ENTRY(SO_BINDTODEVICE)
#endif
#ifdef SO_BUSY_POLL
    ENTRY(SO_BUSY_POLL)
#endif
#ifdef SO_DOMAIN
    ENTRY(SO_DOMAIN)
#endif
#ifdef SO_INCOMING_CPU
    ENTRY(SO_INCOMING_CPU)
#endif
#ifdef SO_MARK
    ENTRY(SO_MARK)
#endif
#ifdef SO_NOSIGPIPE
    ENTRY(SO_NOSIGPIPE)
#endif
#ifdef SO_PASSCRED
    ENTRY(SO_PASSCRED)
#endif
#ifdef SO_PEERCRED
    ENTRY(SO_PEERCRED)
#endif
#ifdef SO_PRIORITY
    ENTRY(SO_PRIORITY)
#endif
#ifdef SO_PROTOCOL
    ENTRY(SO_PROTOCOL)
#endif
#ifdef SO_TIMESTAMP
    ENTRY(SO_TIMESTAMP)
#endif
#ifdef SO_ZEROCOPY
    ENTRY(SO_ZEROCOPY)
#endif
#ifdef IPPROTO_MPTCP
    ENTRY(IPPROTO_MPTCP)
#endif
#ifdef IPPROTO_SCTP
    ENTRY(IPPROTO_SCTP)
#endif
#ifdef IPPROTO_UDPLITE
    ENTRY(IPPROTO_UDPLITE)
#endif
#ifdef IP_BIND_ADDRESS_NO_PORT
    ENTRY(IP_BIND_ADDRESS_NO_PORT)
#endif
#ifdef IP_FREEBIND
    ENTRY(IP_FREEBIND)
#endif
#ifdef IP_PKTINFO
    ENTRY(IP_PKTINFO)
#endif
#ifdef IP_RECVTOS
    ENTRY(IP_RECVTOS)
#endif
#ifdef IP_TRANSPARENT
    ENTRY(IP_TRANSPARENT)
#endif
#ifdef IPV6_DONTFRAG
    ENTRY(IPV6_DONTFRAG)
#endif
#ifdef IPV6_PKTINFO
    ENTRY(IPV6_PKTINFO)
#endif
#ifdef IPV6_RECVPKTINFO
    ENTRY(IPV6_RECVPKTINFO)
#endif
#ifdef IPV6_RECVTCLASS
    ENTRY(IPV6_RECVTCLASS)
#endif
#ifdef IPV6_TCLASS
    ENTRY(IPV6_TCLASS)
#endif
#ifdef TCP_CONGESTION
    ENTRY(TCP_CONGESTION)
#endif
#ifdef TCP_CORK
    ENTRY(TCP_CORK)
#endif
#ifdef TCP_DEFER_ACCEPT
    ENTRY(TCP_DEFER_ACCEPT)
#endif
#ifdef TCP_FASTOPEN
    ENTRY(TCP_FASTOPEN)
#endif
#ifdef TCP_FASTOPEN_CONNECT
    ENTRY(TCP_FASTOPEN_CONNECT)
#endif
#ifdef TCP_INFO
    ENTRY(TCP_INFO)
#endif
#ifdef TCP_KEEPALIVE
    ENTRY(TCP_KEEPALIVE)
#endif
#ifdef TCP_KEEPCNT
    ENTRY(TCP_KEEPCNT)
#endif
#ifdef TCP_KEEPIDLE
    ENTRY(TCP_KEEPIDLE)
#endif
#ifdef TCP_KEEPINTVL
    ENTRY(TCP_KEEPINTVL)
#endif
#ifdef TCP_NOPUSH
    ENTRY(TCP_NOPUSH)
#endif
#ifdef TCP_NOTSENT_LOWAT
    ENTRY(TCP_NOTSENT_LOWAT)
#endif
#ifdef TCP_QUICKACK
    ENTRY(TCP_QUICKACK)
#endif
#ifdef TCP_SYNCNT
    ENTRY(TCP_SYNCNT)
#endif
#ifdef TCP_USER_TIMEOUT
    ENTRY(TCP_USER_TIMEOUT)
#endif
#ifdef MSG_CMSG_CLOEXEC
    ENTRY(MSG_CMSG_CLOEXEC)
#endif
#ifdef MSG_EOR
    ENTRY(MSG_EOR)
#endif
#ifdef MSG_ERRQUEUE
    ENTRY(MSG_ERRQUEUE)
#endif
#ifdef MSG_MORE
    ENTRY(MSG_MORE)
#endif
#ifdef MSG_NOSIGNAL
    ENTRY(MSG_NOSIGNAL)
#endif
#ifdef SCM_CREDENTIALS
    ENTRY(SCM_CREDENTIALS)
#endif
#ifdef AI_ALL
    ENTRY(AI_ALL)
#endif
#ifdef AI_V4MAPPED
    ENTRY(AI_V4MAPPED)
#endif
#ifdef EAI_ADDRFAMILY
    ENTRY(EAI_ADDRFAMILY)
#endif
#ifdef EAI_NODATA
    ENTRY(EAI_NODATA)
#endif
};
// clang-format on

}  // namespace

void RegisterConstants(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  AddConstants(constants, kEverywhere);
  AddConstants(constants, kSomewhere);
  AddFamilyConstants(constants);
  AddMessageConstants(constants);
  AddLimitConstants(constants);
  // Ours: the bytes of a unix socket's path. Linux has 108 of them, the BSDs 104.
  constants.Set("UNIX_PATH_MAX", static_cast<double>(UnixPathBytesMax()));
  constants.Freeze();
  exports.Set("constants", constants);
}

}  // namespace selectloop
