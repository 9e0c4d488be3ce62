// Messages one at a time: with the address they come from or go to, in several parts, with ancillary data.
// The first half of MessageCalls of src/kernel/message-calls.ts, name by name.

#include "message-calls.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "../address-record.h"
#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "control.h"
#include "transfer.h"

namespace selectloop {
namespace {

// What one call gathers or scatters at most: Linux (UIO_MAXIOV) and the BSDs (IOV_MAX) allow as many.
constexpr size_t kPartsMax = 1024;

// Descriptors that come with a message are close-on-exec from the start where the system can do that.
#ifdef MSG_CMSG_CLOEXEC
constexpr int kReceiveFlags = MSG_CMSG_CLOEXEC;
#else
constexpr int kReceiveFlags = 0;
#endif

napi_value RecvFrom(napi_env env, napi_callback_info info) {
  Args args(env, info, "recvfrom");
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> part = args.BytesRange(1, "buffer");
  const int flags = args.Int(4, "flags");
  const Span<uint8_t> record = args.Bytes(5, "addressOut");
  if (!args.ok()) return nullptr;
  // Checked first: a message that was taken cannot be put back.
  if (record.size < kRecordBytesMax) return ToJs(env, -EFAULT);
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  const size_t byteCount = std::min(part.size, kBytesPerCallMax);
  const ssize_t result = RetryOnEintr([&] {
    length = sizeof address;
    return recvfrom(fd, part.data, byteCount, flags, reinterpret_cast<sockaddr*>(&address), &length);
  });
  if (result >= 0) WriteRecord(address, length, record.data, fd);
  return ToJs(env, static_cast<int32_t>(result));
}

napi_value SendTo(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendto");
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> part = args.BytesRange(1, "buffer");
  const int flags = args.Int(4, "flags");
  const Span<uint8_t> record = args.Bytes(5, "address");
  const int addressByteCount = args.Int(6, "addressByteCount");
  if (!args.ok()) return nullptr;
  sockaddr_storage address;
  const int length = ReadRecordOf(record.data, record.size, addressByteCount, &address);
  if (length < 0) return ToJs(env, length);
  const size_t byteCount = std::min(part.size, kBytesPerCallMax);
  const ssize_t result = RetryOnEintr([&] {
    return sendto(fd, part.data, byteCount, flags | kSendFlags, reinterpret_cast<const sockaddr*>(&address),
                  static_cast<socklen_t>(length));
  });
  return ToJs(env, static_cast<int32_t>(result));
}

napi_value RecvMsg(napi_env env, napi_callback_info info) {
  Args args(env, info, "recvmsg");
  const int fd = args.Int(0, "fd");
  const int flags = args.Int(2, "flags");
  iovec parts[kPartsMax];
  const int partCount = args.AllPieces(1, parts);
  const Span<uint8_t> control = args.Bytes(3, "controlOut");
  const Span<uint8_t> record = args.Bytes(4, "addressOut");
  const Span<int32_t> out = args.Int32s(5, "out", 2);
  if (!args.ok()) return nullptr;
  if (record.size < kRecordBytesMax) return ToJs(env, -EFAULT);
  if (partCount < 0) return ToJs(env, partCount);
  alignas(cmsghdr) uint8_t received[kReceivedControlBytes];
  sockaddr_storage address{};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(partCount);
  message.msg_name = &address;
  const ssize_t result = RetryOnEintr([&] {
    message.msg_namelen = sizeof address;
    // Who expects nothing gets nothing: the system discards it, and passes no descriptors.
    message.msg_control = control.size == 0 ? nullptr : received;
    message.msg_controllen = control.size == 0 ? 0 : sizeof received;
    return recvmsg(fd, &message, flags | kReceiveFlags);
  });
  if (result < 0) return ToJs(env, static_cast<int32_t>(result));
  OwnedDescriptors* owned = args.State<OwnedDescriptors>();
  out.data[0] = static_cast<int32_t>(TakeReceivedControl(&message, control.data, control.size, owned));
  // Linux reports our own flag back; it says nothing about the message.
  out.data[1] = message.msg_flags & ~kReceiveFlags;
  WriteRecord(address, message.msg_namelen, record.data, fd);
  return ToJs(env, static_cast<int32_t>(std::min<ssize_t>(result, static_cast<ssize_t>(kBytesPerCallMax))));
}

napi_value SendMsg(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendmsg");
  const int fd = args.Int(0, "fd");
  const int flags = args.Int(2, "flags");
  iovec parts[kPartsMax];
  const int partCount = args.AllPieces(1, parts);
  const Span<uint8_t> items = args.Bytes(3, "control");
  const Span<uint8_t> record = args.Bytes(4, "address");
  const int addressByteCount = args.Int(5, "addressByteCount");
  if (!args.ok()) return nullptr;
  if (partCount < 0) return ToJs(env, partCount);
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(partCount);
  SentControl control;
  const int controlResult = control.Read(items.data, items.size);
  if (controlResult < 0) return ToJs(env, controlResult);
  control.AddTo(&message);
  sockaddr_storage address;
  if (addressByteCount != 0) {
    const int length = ReadRecordOf(record.data, record.size, addressByteCount, &address);
    if (length < 0) return ToJs(env, length);
    message.msg_name = &address;
    message.msg_namelen = static_cast<socklen_t>(length);
  }
  const ssize_t result = RetryOnEintr([&] { return sendmsg(fd, &message, flags | kSendFlags); });
  return ToJs(env, static_cast<int32_t>(std::min<ssize_t>(result, static_cast<ssize_t>(kBytesPerCallMax))));
}

}  // namespace

void RegisterMessageCalls(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned) {
  Export(env, exports, "recvfrom", RecvFrom);
  Export(env, exports, "sendto", SendTo);
  Export(env, exports, "recvmsg", RecvMsg, owned);
  Export(env, exports, "sendmsg", SendMsg);
}

}  // namespace selectloop
