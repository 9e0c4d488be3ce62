#include "send-segments.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "../result.h"
#include "transfer.h"

namespace selectloop {

#if defined(__linux__) && defined(UDP_SEGMENT)

namespace {

// What an Ethernet carries: a segment that has to be fragmented is refused, so larger messages are not tried.
constexpr size_t kSegmentBytesMax = 1472;
// The kernel's limit since it has segments; it was raised later.
constexpr int kSegmentsMax = 64;
// The kernel's limit for all of them with their headers, 65,535, and some room.
constexpr size_t kBytesMax = 65000;

// How many of the messages are of one size, but for the last, which may be shorter, and go to one address.
int SegmentsOf(const Datagram* messages, int count) {
  const size_t size = messages->part.iov_len;
  if (size == 0 || size > kSegmentBytesMax) return 1;
  const socklen_t length = messages->addressByteCount;
  const int most = std::min({count, kSegmentsMax, static_cast<int>(kBytesMax / size)});
  int segments = 1;
  while (segments < most) {
    const Datagram& next = messages[segments];
    if (next.addressByteCount != length || next.part.iov_len > size || next.part.iov_len == 0) break;
    if (memcmp(&next.address, &messages->address, length) != 0) break;
    segments++;
    if (next.part.iov_len < size) break;
  }
  return segments;
}

bool IsZero(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, IPPROTO_UDP, option, &value, &size) == 0 && value == 0;
}

// What does not understand segments would send all of them as one message: a kernel before 4.18, a socket
// that is not UDP's. Neither has the option. A socket whose program uses it, or which is corked, is left
// alone.
bool TakesSegments(int fd) { return IsZero(fd, UDP_SEGMENT) && IsZero(fd, UDP_CORK); }

// Whether segments were refused, rather than a message.
bool IsOfSegments(int error) {
  switch (-error) {
    case EINVAL:
    case EIO:
    case EMSGSIZE:
    case ENOBUFS:
    case EAGAIN:
      return true;
    default:
      return false;
  }
}

}  // namespace

int SendSegments(int fd, const Datagram* messages, int count) {
  const int segments = SegmentsOf(messages, count);
  if (segments < 2 || !TakesSegments(fd)) return 0;
  iovec parts[kSegmentsMax];
  for (int i = 0; i < segments; i++) parts[i] = messages[i].part;
  const uint16_t size = static_cast<uint16_t>(messages->part.iov_len);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof size)] = {};
  Datagram first = *messages;
  msghdr header = HeaderOf(&first);
  header.msg_iov = parts;
  header.msg_iovlen = static_cast<decltype(header.msg_iovlen)>(segments);
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* const item = CMSG_FIRSTHDR(&header);
  item->cmsg_level = IPPROTO_UDP;
  item->cmsg_type = UDP_SEGMENT;
  item->cmsg_len = CMSG_LEN(sizeof size);
  memcpy(CMSG_DATA(item), &size, sizeof size);
  const ssize_t sent = RetryOnEintr([&] { return sendmsg(fd, &header, kSendFlags); });
  if (sent >= 0) return segments;
  return IsOfSegments(static_cast<int>(sent)) ? 0 : static_cast<int>(sent);
}

#else

int SendSegments(int, const Datagram*, int) { return 0; }

#endif

}  // namespace selectloop
