// The neutral address record, between JavaScript and struct sockaddr. Integers are in native byte order,
// addresses in network order. src/addresses/address.ts is the other end.
//
//     bytes 0..3   uint32   size of the whole record in bytes, these four included
//     bytes 4..7   int32    address family, the platform's number
//     then, for AF_INET    8..11 uint32 port   12..15 address
//           for AF_INET6   8..11 uint32 port   12..15 uint32 flow info   16..19 uint32 scope id
//                          20..35 address
//           for AF_UNIX    8..   the path, not terminated; nothing: unnamed; leading NUL: Linux abstract name
//           for AF_NETLINK 8..11 uint32 port id   12..15 uint32 groups
//           for AF_VSOCK   8..11 uint32 CID   12..15 uint32 port
//           for AF_PACKET  8..23 interface's name, padded with NUL   24..27 uint32 protocol
//                          28..31 uint32 packet type   32..35 uint32 hardware type   36.. hardware address
//           for AF_CAN     8..23 interface's name, padded with NUL   24..39 the protocol's part, as it is
//           for any other  8..   what follows the family field in the platform's sockaddr, as it is
//
// No address at all is AF_UNSPEC and nothing more. The four before the last exist on Linux only.

#ifndef SELECTLOOP_ADDRESS_RECORD_H_
#define SELECTLOOP_ADDRESS_RECORD_H_

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace selectloop {

constexpr size_t kRecordHeaderBytes = 8;
// No record that WriteRecord makes is larger. Callers check their buffer against it before a call whose
// effect cannot be undone: an accepted connection without room for its address would be lost.
constexpr size_t kRecordBytesMax = kRecordHeaderBytes + sizeof(sockaddr_storage);

inline uint32_t Load32(const uint8_t* from) {
  uint32_t value = 0;
  memcpy(&value, from, sizeof value);
  return value;
}

inline void Store32(uint8_t* to, uint32_t value) { memcpy(to, &value, sizeof value); }

// Reads `record` into `address`. The number of bytes used of it; -EINVAL when the record contradicts itself;
// what the system says (-ENODEV) when it names an interface that does not exist.
int ReadRecord(const uint8_t* record, size_t byteCount, sockaddr_storage* address);

// As above, of a record in memory of JavaScript's: its caller says that it has `byteCount` of the `size`
// bytes there are. The record is copied first, because a worker may change shared memory between check and
// use.
inline int ReadRecordOf(const uint8_t* record, size_t size, size_t byteCount, sockaddr_storage* address) {
  if (byteCount > size) return -EFAULT;
  if (byteCount > kRecordBytesMax) return -EINVAL;
  uint8_t copy[kRecordBytesMax];
  if (byteCount > 0) memcpy(copy, record, byteCount);
  return ReadRecord(copy, byteCount, address);
}

inline int ReadRecordOf(const uint8_t* record, size_t size, int byteCount, sockaddr_storage* address) {
  return byteCount < 0 ? -EFAULT : ReadRecordOf(record, size, static_cast<size_t>(byteCount), address);
}

// As above, of a record that begins at `record` and says itself how long it is. There is room for a header.
inline int ReadRecordAt(const uint8_t* record, size_t size, sockaddr_storage* address) {
  return ReadRecordOf(record, size, size_t{Load32(record)}, address);
}

// Writes what the kernel said, `length` bytes in `address`, to `record`, which has room for kRecordBytesMax.
// `fd`, if any, is the socket it was said of: asking it for an interface's name costs less than opening
// another.
void WriteRecord(const sockaddr_storage& address, socklen_t length, uint8_t* record, int fd = -1);

}  // namespace selectloop

#endif  // SELECTLOOP_ADDRESS_RECORD_H_
