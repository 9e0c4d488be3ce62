// macOS, which has neither recvmmsg nor sendmmsg.

#include <cerrno>

#include "../result.h"
#include "batch.h"

namespace selectloop {

int ReceiveBatch(int fd, Datagram* datagrams, int count, int flags) {
  for (int i = 0; i < count; i++) {
    msghdr header = HeaderOf(&datagrams[i]);
    const ssize_t result = RetryOnEintr([&] { return recvmsg(fd, &header, flags); });
    // An error after the first message is reported by the next call.
    if (result < 0) return i == 0 ? static_cast<int>(result) : i;
    datagrams[i].byteCount = static_cast<size_t>(result);
    datagrams[i].addressByteCount = header.msg_namelen;
    datagrams[i].flags = header.msg_flags;
  }
  return count;
}

int SendBatch(int fd, Datagram* datagrams, int count, int flags) {
  for (int i = 0; i < count; i++) {
    const msghdr header = HeaderOf(&datagrams[i]);
    const ssize_t result = RetryOnEintr([&] { return sendmsg(fd, &header, flags); });
    if (result < 0) return i == 0 ? static_cast<int>(result) : i;
  }
  return count;
}

}  // namespace selectloop
