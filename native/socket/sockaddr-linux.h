// Records of the address families that only Linux has: AF_NETLINK, AF_VSOCK, AF_PACKET, AF_CAN. Their layout
// is in address-record.h. Elsewhere (sockaddr-none.cc) none of them is known, and such addresses stay bytes.

#ifndef SELECTLOOP_SOCKET_SOCKADDR_LINUX_H_
#define SELECTLOOP_SOCKET_SOCKADDR_LINUX_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace selectloop {

bool IsLinuxFamily(int family);

// As ReadRecord and WriteRecord, for a family of which IsLinuxFamily is true. WriteLinuxRecord answers the
// record's size and leaves its header to the caller.
int ReadLinuxRecord(const uint8_t* record, size_t byteCount, int family, sockaddr_storage* address);
size_t WriteLinuxRecord(int fd, const sockaddr_storage& address, size_t length, uint8_t* record);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SOCKADDR_LINUX_H_
