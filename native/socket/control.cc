#include "control.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace selectloop {
namespace {

constexpr size_t kItemHeaderBytes = 12;

size_t Align4(size_t size) { return (size + 3) & ~size_t{3}; }

// Walks a row of items. False at its end, or when an item does not lie inside it (then `broken`).
struct ItemReader {
  const uint8_t* items;
  size_t byteCount;
  size_t at = 0;
  bool broken = false;
  uint32_t size = 0;
  int32_t level = 0;
  int32_t type = 0;

  bool Next() {
    at += Align4(size);
    if (at >= byteCount) return false;
    broken = byteCount - at < kItemHeaderBytes;
    if (broken) return false;
    memcpy(&size, items + at, sizeof size);
    memcpy(&level, items + at + 4, sizeof level);
    memcpy(&type, items + at + 8, sizeof type);
    broken = size < kItemHeaderBytes || size > byteCount - at;
    return !broken;
  }

  const uint8_t* Data() const { return items + at + kItemHeaderBytes; }
  size_t DataBytes() const { return size - kItemHeaderBytes; }
};

bool CarriesDescriptors(const cmsghdr& header) {
  if (header.cmsg_level != SOL_SOCKET) return false;
#ifdef SCM_PIDFD
  if (header.cmsg_type == SCM_PIDFD) return true;
#endif
  return header.cmsg_type == SCM_RIGHTS;
}

// How much data of `header` lies inside the buffer, whatever its own length says.
size_t DataBytesOf(const msghdr& message, const cmsghdr* header) {
  const uint8_t* end = static_cast<const uint8_t*>(message.msg_control) + message.msg_controllen;
  const uint8_t* data = CMSG_DATA(header);
  if (header->cmsg_len < CMSG_LEN(0) || data > end) return 0;
  return std::min<size_t>(header->cmsg_len - CMSG_LEN(0), static_cast<size_t>(end - data));
}

// CMSG_NXTHDR, which compares signed with unsigned in musl: with our warnings, that does not compile.
cmsghdr* NextHeader(const msghdr& message, cmsghdr* header) {
  if (header->cmsg_len < CMSG_LEN(0)) return nullptr;
  uint8_t* start = static_cast<uint8_t*>(message.msg_control);
  const size_t at = static_cast<size_t>(reinterpret_cast<uint8_t*>(header) - start);
  const size_t next = at + CMSG_SPACE(header->cmsg_len - CMSG_LEN(0));
  if (next + CMSG_LEN(0) > message.msg_controllen) return nullptr;
  return reinterpret_cast<cmsghdr*>(start + next);
}

// Keeps the first `keptBytes` of the descriptors in `data`, and closes the others.
void TakeDescriptors(const uint8_t* data, size_t dataBytes, size_t keptBytes, OwnedDescriptors* owned) {
  for (size_t at = 0; at + sizeof(int) <= dataBytes; at += sizeof(int)) {
    int fd = -1;
    memcpy(&fd, data + at, sizeof fd);
    if (at + sizeof(int) > keptBytes) {
      close(fd);
      continue;
    }
#ifndef MSG_CMSG_CLOEXEC
    // Not non-blocking, which is a property of the open file: it is its sender's as well.
    fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
    owned->Add(fd);
  }
}

size_t WriteItem(const cmsghdr& header, const uint8_t* data, size_t dataBytes, uint8_t* out) {
  const uint32_t size = static_cast<uint32_t>(kItemHeaderBytes + dataBytes);
  const int32_t level = header.cmsg_level;
  const int32_t type = header.cmsg_type;
  memcpy(out, &size, sizeof size);
  memcpy(out + 4, &level, sizeof level);
  memcpy(out + 8, &type, sizeof type);
  if (dataBytes > 0) memcpy(out + kItemHeaderBytes, data, dataBytes);
  return size;
}

}  // namespace

int SentControl::Read(const uint8_t* items, size_t byteCount) {
  if (byteCount == 0) return 0;
  // An item takes at least as much room as a control message as it takes here.
  if (byteCount > kSentControlBytesMax) return -ENOBUFS;
  // A copy, because the items are read twice, and a worker may change them in between.
  const std::unique_ptr<uint8_t[]> copy(new (std::nothrow) uint8_t[byteCount]);
  if (copy == nullptr) return -ENOMEM;
  memcpy(copy.get(), items, byteCount);
  ItemReader reader{copy.get(), byteCount};
  while (reader.Next()) {
    // Each is checked by itself first, so that the sum cannot overflow.
    if (reader.DataBytes() > kSentControlBytesMax) return -ENOBUFS;
    size_ += CMSG_SPACE(reader.DataBytes());
    if (size_ > kSentControlBytesMax) return -ENOBUFS;
  }
  if (reader.broken) return -EINVAL;
  if (size_ == 0) return 0;
  bytes_.reset(new (std::nothrow) uint8_t[size_]());
  if (bytes_ == nullptr) return -ENOMEM;
  ItemReader again{copy.get(), byteCount};
  for (uint8_t* at = bytes_.get(); again.Next(); at += CMSG_SPACE(again.DataBytes())) {
    cmsghdr* header = reinterpret_cast<cmsghdr*>(at);
    header->cmsg_len = static_cast<decltype(header->cmsg_len)>(CMSG_LEN(again.DataBytes()));
    header->cmsg_level = again.level;
    header->cmsg_type = again.type;
    if (again.DataBytes() > 0) memcpy(CMSG_DATA(header), again.Data(), again.DataBytes());
  }
  return 0;
}

void SentControl::AddTo(msghdr* message) const {
  if (size_ == 0) return;
  message->msg_control = bytes_.get();
  message->msg_controllen = static_cast<decltype(message->msg_controllen)>(size_);
}

size_t TakeReceivedControl(msghdr* message, uint8_t* out, size_t outSize, OwnedDescriptors* owned) {
  constexpr size_t kHeaderBytes = CMSG_LEN(0);
  static_assert(kItemHeaderBytes <= kHeaderBytes, "items must fit where the system's own messages would");
  size_t used = 0;
  size_t room = outSize;
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr; header = NextHeader(*message, header)) {
    const uint8_t* data = CMSG_DATA(header);
    const size_t dataBytes = DataBytesOf(*message, header);
    size_t kept = room < kHeaderBytes ? 0 : std::min(dataBytes, room - kHeaderBytes);
    if (CarriesDescriptors(*header)) {
      kept -= kept % sizeof(int);
      TakeDescriptors(data, dataBytes, kept, owned);
    }
    if (kept < dataBytes || room < kHeaderBytes) message->msg_flags |= MSG_CTRUNC;
    if (room < kHeaderBytes || (kept == 0 && dataBytes > 0)) continue;
    used = std::min(outSize, used + Align4(WriteItem(*header, data, kept, out + used)));
    room -= std::min<size_t>(room, CMSG_SPACE(kept));
  }
  return used;
}

}  // namespace selectloop
