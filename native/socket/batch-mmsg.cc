// Linux, FreeBSD, NetBSD, OpenBSD.

#include <algorithm>
#include <cerrno>

#include "../result.h"
#include "batch.h"

namespace selectloop {
namespace {

// The flags as `call` declares them: an int with glibc and the BSDs, unsigned with musl.
template <typename Result, typename Count, typename Flags, typename... Rest>
Flags FlagsFor(Result (*)(int, mmsghdr*, Count, Flags, Rest...), int flags) {
  return static_cast<Flags>(flags);
}

}  // namespace

int ReceiveBatch(int fd, Datagram* datagrams, int count, int flags) {
  mmsghdr headers[kBatchMax];  // those that are used are filled below: clearing all costs as much as a call
  const int wanted = std::min(count, kBatchMax);
  for (int i = 0; i < wanted; i++) headers[i] = {HeaderOf(&datagrams[i]), 0};
  const int received = RetryOnEintr([&] {
    return static_cast<int>(
        recvmmsg(fd, headers, static_cast<unsigned int>(wanted), FlagsFor(recvmmsg, flags), nullptr));
  });
  for (int i = 0; i < received; i++) {
    datagrams[i].byteCount = headers[i].msg_len;
    datagrams[i].addressByteCount = headers[i].msg_hdr.msg_namelen;
    datagrams[i].flags = headers[i].msg_hdr.msg_flags;
  }
  return received;
}

int SendBatch(int fd, Datagram* datagrams, int count, int flags) {
  mmsghdr headers[kBatchMax];  // those that are used are filled below: clearing all costs as much as a call
  const int wanted = std::min(count, kBatchMax);
  for (int i = 0; i < wanted; i++) headers[i] = {HeaderOf(&datagrams[i]), 0};
  return RetryOnEintr([&] {
    return static_cast<int>(
        sendmmsg(fd, headers, static_cast<unsigned int>(wanted), FlagsFor(sendmmsg, flags)));
  });
}

}  // namespace selectloop
