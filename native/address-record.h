// The neutral address record, between JavaScript and struct sockaddr. Integers are in native byte order,
// addresses in network order. src/sockets/address.ts is the other end.
//
//     bytes 0..3   uint32   size of the whole record in bytes, these four included
//     bytes 4..7   int32    address family, the platform's number
//     then, for AF_INET    8..11 uint32 port   12..15 address
//           for AF_INET6   8..11 uint32 port   12..15 uint32 flow info   16..19 uint32 scope id
//                          20..35 address
//           for AF_UNIX    8..   the path, not terminated; nothing: unnamed; leading NUL: Linux abstract name
//           for any other  8..   what follows the family field in the platform's sockaddr, as it is

#ifndef SELECTLOOP_ADDRESS_RECORD_H_
#define SELECTLOOP_ADDRESS_RECORD_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace selectloop {

constexpr size_t kRecordHeaderBytes = 8;
// No record that WriteRecord makes is larger. Callers check their buffer against it before a call whose
// effect cannot be undone: an accepted connection without room for its address would be lost.
constexpr size_t kRecordBytesMax = kRecordHeaderBytes + sizeof(sockaddr_storage);

// Reads `record` into `address`. The number of bytes used of it, or -EINVAL when the record contradicts
// itself.
int ReadRecord(const uint8_t* record, size_t byteCount, sockaddr_storage* address);

// Writes what the kernel said, `length` bytes in `address`, to `record`, which has room for kRecordBytesMax.
void WriteRecord(const sockaddr_storage& address, socklen_t length, uint8_t* record);

}  // namespace selectloop

#endif  // SELECTLOOP_ADDRESS_RECORD_H_
