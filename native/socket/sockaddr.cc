#include "sockaddr.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "sockaddr-linux.h"

namespace selectloop {
namespace {

constexpr size_t kInetBytes = 16;
constexpr size_t kInet6Bytes = 36;
constexpr size_t kUnixPathOffset = offsetof(sockaddr_un, sun_path);
constexpr size_t kOpaqueOffset = offsetof(sockaddr, sa_data);

// The BSD layout starts with a length byte. Systems that have it have no abstract names, and report the
// unnamed end of a unix socket as an address full of zeros.
template <typename T, typename = void>
struct HasLengthByte : std::false_type {};
template <typename T>
struct HasLengthByte<T, std::void_t<decltype(T::sun_len)>> : std::true_type {};
constexpr bool kHasLengthByte = HasLengthByte<sockaddr_un>::value;
constexpr bool kAbstractNames = !kHasLengthByte;

// Kernels set the length byte themselves. getnameinfo of NetBSD and OpenBSD refuses an address without it.
template <typename T>
int Finish(const T& from, sockaddr_storage* to) {
  memcpy(to, &from, sizeof from);
  if (kHasLengthByte) *reinterpret_cast<uint8_t*>(to) = static_cast<uint8_t>(sizeof from);
  return static_cast<int>(sizeof from);
}

int ReadInet(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  if (byteCount != kInetBytes) return -EINVAL;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(static_cast<uint16_t>(Load32(record + 8)));
  memcpy(&in.sin_addr, record + 12, sizeof in.sin_addr);
  return Finish(in, address);
}

int ReadInet6(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  if (byteCount != kInet6Bytes) return -EINVAL;
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(static_cast<uint16_t>(Load32(record + 8)));
  in6.sin6_flowinfo = htonl(Load32(record + 12));
  in6.sin6_scope_id = Load32(record + 16);
  memcpy(&in6.sin6_addr, record + 20, sizeof in6.sin6_addr);
  return Finish(in6, address);
}

int ReadUnix(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  const size_t pathBytes = byteCount - kRecordHeaderBytes;
  sockaddr_un un{};
  if (pathBytes > sizeof un.sun_path) return -EINVAL;
  un.sun_family = AF_UNIX;
  memcpy(un.sun_path, record + kRecordHeaderBytes, pathBytes);
  const bool abstract = pathBytes > 0 && un.sun_path[0] == '\0';
  if (abstract && !kAbstractNames) return -EINVAL;
  memcpy(address, &un, sizeof un);
  // A file name is passed with its terminating NUL where there is room for one (unix(7)): an abstract name
  // must not be, since every byte of it counts, and no name at all asks Linux to choose an abstract one.
  const bool terminated = pathBytes > 0 && !abstract && pathBytes < sizeof un.sun_path;
  return static_cast<int>(kUnixPathOffset + pathBytes + (terminated ? 1 : 0));
}

int ReadOpaque(const uint8_t* record, size_t byteCount, int family, sockaddr_storage* address) {
  const size_t dataBytes = byteCount - kRecordHeaderBytes;
  if (dataBytes > sizeof *address - kOpaqueOffset) return -EINVAL;
  memset(address, 0, sizeof *address);
  address->ss_family = static_cast<sa_family_t>(family);
  memcpy(reinterpret_cast<uint8_t*>(address) + kOpaqueOffset, record + kRecordHeaderBytes, dataBytes);
  return static_cast<int>(kOpaqueOffset + dataBytes);
}

size_t WriteInet(const sockaddr_storage& address, uint8_t* record) {
  sockaddr_in in;
  memcpy(&in, &address, sizeof in);
  Store32(record + 8, ntohs(in.sin_port));
  memcpy(record + 12, &in.sin_addr, sizeof in.sin_addr);
  return kInetBytes;
}

size_t WriteInet6(const sockaddr_storage& address, uint8_t* record) {
  sockaddr_in6 in6;
  memcpy(&in6, &address, sizeof in6);
  Store32(record + 8, ntohs(in6.sin6_port));
  Store32(record + 12, ntohl(in6.sin6_flowinfo));
  Store32(record + 16, in6.sin6_scope_id);
  memcpy(record + 20, &in6.sin6_addr, sizeof in6.sin6_addr);
  return kInet6Bytes;
}

size_t WriteUnix(const sockaddr_storage& address, size_t length, uint8_t* record) {
  const char* path = reinterpret_cast<const char*>(&address) + kUnixPathOffset;
  size_t pathBytes = length > kUnixPathOffset ? length - kUnixPathOffset : 0;
  // The length of a file name counts its NUL, and on the BSDs padding; Linux says 111 for a path that fills
  // sun_path (unix(7), BUGS). The name itself ends at the first NUL.
  const bool abstract = kAbstractNames && pathBytes > 0 && path[0] == '\0';
  if (!abstract) pathBytes = strnlen(path, pathBytes);
  memcpy(record + kRecordHeaderBytes, path, pathBytes);
  return kRecordHeaderBytes + pathBytes;
}

size_t WriteOpaque(const sockaddr_storage& address, size_t length, uint8_t* record) {
  const size_t dataBytes = length > kOpaqueOffset ? length - kOpaqueOffset : 0;
  memcpy(record + kRecordHeaderBytes, reinterpret_cast<const uint8_t*>(&address) + kOpaqueOffset, dataBytes);
  return kRecordHeaderBytes + dataBytes;
}

}  // namespace

int ReadRecord(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  if (byteCount < kRecordHeaderBytes || byteCount != Load32(record)) return -EINVAL;
  const int family = static_cast<int>(Load32(record + 4));
  switch (family) {
    case AF_INET:
      return ReadInet(record, byteCount, address);
    case AF_INET6:
      return ReadInet6(record, byteCount, address);
    case AF_UNIX:
      return ReadUnix(record, byteCount, address);
    default:
      if (IsLinuxFamily(family)) return ReadLinuxRecord(record, byteCount, family, address);
      return ReadOpaque(record, byteCount, family, address);
  }
}

void WriteRecord(const sockaddr_storage& address, socklen_t length, uint8_t* record, int fd) {
  // The kernel tells the true length even when it had to cut, and 0 when there is no address at all.
  const size_t known = std::min<size_t>(length, sizeof address);
  const int family = known < kOpaqueOffset ? AF_UNSPEC : address.ss_family;
  size_t byteCount = kRecordHeaderBytes;
  if (family == AF_INET && known >= sizeof(sockaddr_in)) {
    byteCount = WriteInet(address, record);
  } else if (family == AF_INET6 && known >= sizeof(sockaddr_in6)) {
    byteCount = WriteInet6(address, record);
  } else if (family == AF_UNIX) {
    byteCount = WriteUnix(address, known, record);
  } else if (IsLinuxFamily(family)) {
    byteCount = WriteLinuxRecord(fd, address, known, record);
  } else if (family != AF_UNSPEC) {
    byteCount = WriteOpaque(address, known, record);
  }
  Store32(record, static_cast<uint32_t>(byteCount));
  Store32(record + 4, static_cast<uint32_t>(family));
}

size_t UnixPathBytesMax() { return sizeof(sockaddr_un::sun_path); }

}  // namespace selectloop
