// Several datagrams for one call from JavaScript: with recvmmsg(2) and sendmmsg(2) where the system has them
// (batch-mmsg.cc), else one after the other (batch-loop.cc). binding.gyp says which.

#ifndef SELECTLOOP_SOCKET_BATCH_H_
#define SELECTLOOP_SOCKET_BATCH_H_

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>

namespace selectloop {

// At a time, so that all of it fits the stack: 64 datagrams save 63 of 64 system calls, and more would save
// no more.
constexpr int kBatchMax = 64;

struct Datagram {
  iovec part;
  sockaddr_storage address;
  socklen_t addressByteCount;  // room for the sender's, or size of the receiver's; 0: none
  size_t byteCount;            // received: how many
  int flags;                   // received: MSG_TRUNC and the like
};

// How many of the `count` (at most kBatchMax) were received or sent; -errno when that is true of none.
int ReceiveBatch(int fd, Datagram* datagrams, int count, int flags);
int SendBatch(int fd, Datagram* datagrams, int count, int flags);

// The system's form of one.
inline msghdr HeaderOf(Datagram* datagram) {
  msghdr header{};
  header.msg_iov = &datagram->part;
  header.msg_iovlen = 1;
  if (datagram->addressByteCount > 0) {
    header.msg_name = &datagram->address;
    header.msg_namelen = datagram->addressByteCount;
  }
  return header;
}

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_BATCH_H_
