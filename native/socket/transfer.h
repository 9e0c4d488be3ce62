// What all calls that move bytes through a socket agree on.

#ifndef SELECTLOOP_SOCKET_TRANSFER_H_
#define SELECTLOOP_SOCKET_TRANSFER_H_

#include <sys/socket.h>

#include <climits>
#include <cstddef>

namespace selectloop {

// No write to a dead peer raises SIGPIPE. Where this flag is missing, each socket has SO_NOSIGPIPE.
#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

// More than any system moves in one call (Linux stops at 0x7ffff000 bytes, macOS refuses more than INT_MAX).
constexpr size_t kBytesPerCallMax = INT_MAX;

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_TRANSFER_H_
