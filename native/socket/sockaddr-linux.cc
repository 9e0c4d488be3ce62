#include "sockaddr-linux.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

// After the headers of the C library, which they complete.
#include <linux/can.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../address-record.h"

namespace selectloop {
namespace {

constexpr size_t kNumbersBytes = 16;
constexpr size_t kNameAt = kRecordHeaderBytes;
constexpr size_t kAfterName = kNameAt + IFNAMSIZ;
constexpr size_t kPacketAddressAt = kAfterName + 12;
constexpr size_t kCanAddressBytes = sizeof(sockaddr_can) - offsetof(sockaddr_can, can_addr);
static_assert(IFNAMSIZ == 16, "src/addresses/link-address.ts counts on it");
static_assert(kCanAddressBytes == 16, "src/addresses/link-address.ts counts on it");

template <typename T>
int Finish(const T& from, sockaddr_storage* to) {
  memcpy(to, &from, sizeof from);
  return static_cast<int>(sizeof from);
}

// The index of the interface that a record names; 0, which is any, when it names none; or -errno.
int InterfaceIndex(const uint8_t* record) {
  char name[IFNAMSIZ + 1] = {};
  memcpy(name, record + kNameAt, IFNAMSIZ);
  if (name[0] == '\0') return 0;
  const unsigned int index = if_nametoindex(name);
  return index == 0 ? -errno : static_cast<int>(index);
}

// The name stays empty for no interface, and for one that has gone meanwhile. if_indextoname would open a
// socket of its own each time.
void WriteInterfaceName(int fd, int index, uint8_t* record) {
  memset(record + kNameAt, 0, IFNAMSIZ);
  ifreq request{};
  request.ifr_ifindex = index;
  if (index == 0) return;
  if (fd < 0) {
    if_indextoname(static_cast<unsigned int>(index), reinterpret_cast<char*>(record + kNameAt));
    return;
  }
  if (ioctl(fd, SIOCGIFNAME, &request) == 0) memcpy(record + kNameAt, request.ifr_name, IFNAMSIZ);
}

int ReadNetlink(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  if (byteCount != kNumbersBytes) return -EINVAL;
  sockaddr_nl netlink{};
  netlink.nl_family = AF_NETLINK;
  netlink.nl_pid = Load32(record + 8);
  netlink.nl_groups = Load32(record + 12);
  return Finish(netlink, address);
}

int ReadVsock(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  if (byteCount != kNumbersBytes) return -EINVAL;
  sockaddr_vm vm{};
  vm.svm_family = AF_VSOCK;
  vm.svm_cid = Load32(record + 8);
  vm.svm_port = Load32(record + 12);
  return Finish(vm, address);
}

int ReadPacket(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  sockaddr_ll link{};
  if (byteCount < kPacketAddressAt || byteCount - kPacketAddressAt > sizeof link.sll_addr) return -EINVAL;
  const int index = InterfaceIndex(record);
  if (index < 0) return index;
  link.sll_family = AF_PACKET;
  link.sll_ifindex = index;
  link.sll_protocol = htons(static_cast<uint16_t>(Load32(record + kAfterName)));
  link.sll_pkttype = static_cast<unsigned char>(Load32(record + kAfterName + 4));
  link.sll_hatype = static_cast<unsigned short>(Load32(record + kAfterName + 8));
  link.sll_halen = static_cast<unsigned char>(byteCount - kPacketAddressAt);
  memcpy(link.sll_addr, record + kPacketAddressAt, byteCount - kPacketAddressAt);
  return Finish(link, address);
}

int ReadCan(const uint8_t* record, size_t byteCount, sockaddr_storage* address) {
  if (byteCount != kAfterName + kCanAddressBytes) return -EINVAL;
  const int index = InterfaceIndex(record);
  if (index < 0) return index;
  sockaddr_can can{};
  can.can_family = AF_CAN;
  can.can_ifindex = index;
  memcpy(&can.can_addr, record + kAfterName, kCanAddressBytes);
  return Finish(can, address);
}

size_t WriteNumbers(uint32_t first, uint32_t second, uint8_t* record) {
  Store32(record + 8, first);
  Store32(record + 12, second);
  return kNumbersBytes;
}

size_t WritePacket(int fd, const sockaddr_ll& link, uint8_t* record) {
  WriteInterfaceName(fd, link.sll_ifindex, record);
  Store32(record + kAfterName, ntohs(link.sll_protocol));
  Store32(record + kAfterName + 4, link.sll_pkttype);
  Store32(record + kAfterName + 8, link.sll_hatype);
  const size_t addressBytes = std::min<size_t>(link.sll_halen, sizeof link.sll_addr);
  memcpy(record + kPacketAddressAt, link.sll_addr, addressBytes);
  return kPacketAddressAt + addressBytes;
}

size_t WriteCan(int fd, const sockaddr_can& can, uint8_t* record) {
  WriteInterfaceName(fd, can.can_ifindex, record);
  memcpy(record + kAfterName, &can.can_addr, kCanAddressBytes);
  return kAfterName + kCanAddressBytes;
}

// The part of `address` that is a T. The kernel cuts what it has nothing to say of: the rest is zeros.
template <typename T>
T As(const sockaddr_storage& address, size_t length) {
  T value{};
  memcpy(&value, &address, std::min(length, sizeof value));
  return value;
}

}  // namespace

bool IsLinuxFamily(int family) {
  return family == AF_NETLINK || family == AF_VSOCK || family == AF_PACKET || family == AF_CAN;
}

int ReadLinuxRecord(const uint8_t* record, size_t byteCount, int family, sockaddr_storage* address) {
  switch (family) {
    case AF_NETLINK:
      return ReadNetlink(record, byteCount, address);
    case AF_VSOCK:
      return ReadVsock(record, byteCount, address);
    case AF_PACKET:
      return ReadPacket(record, byteCount, address);
    default:
      return ReadCan(record, byteCount, address);
  }
}

size_t WriteLinuxRecord(int fd, const sockaddr_storage& address, size_t length, uint8_t* record) {
  switch (address.ss_family) {
    case AF_NETLINK: {
      const sockaddr_nl netlink = As<sockaddr_nl>(address, length);
      return WriteNumbers(netlink.nl_pid, netlink.nl_groups, record);
    }
    case AF_VSOCK: {
      const sockaddr_vm vm = As<sockaddr_vm>(address, length);
      return WriteNumbers(vm.svm_cid, vm.svm_port, record);
    }
    case AF_PACKET:
      return WritePacket(fd, As<sockaddr_ll>(address, length), record);
    default:
      return WriteCan(fd, As<sockaddr_can>(address, length), record);
  }
}

}  // namespace selectloop
