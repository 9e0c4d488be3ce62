// The BSD socket calls, one function each, without policy. Every descriptor is close-on-exec and
// non-blocking; no write to a dead peer raises SIGPIPE. This is SocketCalls of src/kernel/kernel.ts, name by
// name.

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "../args.h"
#include "../descriptor.h"
#include "../owned-descriptors.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "batch-calls.h"
#include "file-calls.h"
#include "message-calls.h"
#include "send-each.h"
#include "send-gathered.h"
#include "sockaddr.h"
#include "socket-options.h"
#include "transfer.h"

namespace selectloop {
namespace {

// Where socket(2) can make a descriptor right at once, it has these, and accept4(2) besides.
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
constexpr int kTypeFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
int AcceptRaw(int fd, sockaddr* address, socklen_t* length) {
  return accept4(fd, address, length, kTypeFlags);
}
#else
constexpr int kTypeFlags = 0;
int AcceptRaw(int fd, sockaddr* address, socklen_t* length) { return accept(fd, address, length); }
#endif

// A new socket as it must be: `fd`, or closed and -errno. An error passes through.
int FinishNewSocket(int fd) {
  if (kTypeFlags == 0 && fd >= 0) fd = FinishNewDescriptor(fd);
#if defined(SO_NOSIGPIPE) && !defined(SOCK_CLOEXEC)
  // macOS: MSG_NOSIGNAL came late there, and older kernels ignore it without a word. Failure is not an error:
  // accept hands out connections that the peer has already reset, and those answer EINVAL here.
  const int on = 1;
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return fd;
}

napi_value Socket(napi_env env, napi_callback_info info) {
  Args args(env, info, "socket");
  const int family = args.Int(0, "family");
  const int type = args.Int(1, "type");
  const int protocol = args.Int(2, "protocol");
  if (!args.ok()) return nullptr;
  const int fd = OrErrno(socket(family, type | kTypeFlags, protocol));
  return ToJs(env, args.State<OwnedDescriptors>()->Add(FinishNewSocket(fd)));
}

napi_value SocketPair(napi_env env, napi_callback_info info) {
  Args args(env, info, "socketpair");
  const int family = args.Int(0, "family");
  const int type = args.Int(1, "type");
  const int protocol = args.Int(2, "protocol");
  const Span<int32_t> out = args.Int32s(3, "out", 2);
  if (!args.ok()) return nullptr;
  int fds[2] = {-1, -1};
  const int result = OrErrno(socketpair(family, type | kTypeFlags, protocol, fds));
  if (result < 0) return ToJs(env, result);
  const int first = FinishNewSocket(fds[0]);
  const int second = FinishNewSocket(fds[1]);
  if (first < 0 || second < 0) {
    if (first >= 0) close(first);
    if (second >= 0) close(second);
    return ToJs(env, first < 0 ? first : second);
  }
  OwnedDescriptors* owned = args.State<OwnedDescriptors>();
  out.data[0] = owned->Add(first);
  out.data[1] = owned->Add(second);
  return ToJs(env, 0);
}

// Reads the descriptor and the address record that bind and connect take, then calls.
template <typename Call>
napi_value WithAddress(napi_env env, napi_callback_info info, const char* name, Call call) {
  Args args(env, info, name);
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> record = args.Bytes(1, "address");
  const int byteCount = args.Int(2, "addressByteCount");
  if (!args.ok()) return nullptr;
  sockaddr_storage address{};
  const int length = ReadRecordOf(record.data, record.size, byteCount, &address);
  if (length < 0) return ToJs(env, length);
  return ToJs(env, call(fd, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length)));
}

napi_value Bind(napi_env env, napi_callback_info info) {
  return WithAddress(env, info, "bind", [](int fd, const sockaddr* address, socklen_t length) {
    return OrErrno(bind(fd, address, length));
  });
}

napi_value Connect(napi_env env, napi_callback_info info) {
  return WithAddress(env, info, "connect", [](int fd, const sockaddr* address, socklen_t length) {
    const int result = OrErrno(connect(fd, address, length));
    // POSIX connect(): "EINTR … the connection shall be established asynchronously", which is what
    // EINPROGRESS says. Calling again would answer EALREADY.
    return result == -EINTR ? -EINPROGRESS : result;
  });
}

// The calls on a descriptor and one number, whose name is `what`.
template <typename Call>
napi_value WithInt(napi_env env, napi_callback_info info, const char* name, const char* what, Call call) {
  Args args(env, info, name);
  const int fd = args.Int(0, "fd");
  const int value = args.Int(1, what);
  if (!args.ok()) return nullptr;
  return ToJs(env, OrErrno(call(fd, value)));
}

napi_value Listen(napi_env env, napi_callback_info info) {
  return WithInt(env, info, "listen", "backlog", listen);
}

napi_value Shutdown(napi_env env, napi_callback_info info) {
  return WithInt(env, info, "shutdown", "how", shutdown);
}

// The calls that answer with an address. The room for it is checked first: what accept took from the queue
// cannot be put back.
template <typename Call>
napi_value IntoAddress(Args& args, napi_env env, Call call) {
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> record = args.Bytes(1, "addressOut");
  if (!args.ok()) return nullptr;
  if (record.size < kRecordBytesMax) return ToJs(env, -EFAULT);
  sockaddr_storage address;
  socklen_t length = sizeof address;
  const int result = RetryOnEintr([&] { return call(fd, reinterpret_cast<sockaddr*>(&address), &length); });
  if (result >= 0) WriteRecord(address, length, record.data, fd);
  return ToJs(env, result);
}

napi_value Accept(napi_env env, napi_callback_info info) {
  Args args(env, info, "accept");
  OwnedDescriptors* owned = args.State<OwnedDescriptors>();
  return IntoAddress(args, env, [owned](int fd, sockaddr* address, socklen_t* length) {
    const int accepted = AcceptRaw(fd, address, length);
    if (accepted < 0) return accepted;
    const int finished = owned->Add(FinishNewSocket(accepted));
    if (finished < 0) errno = -finished;
    return finished < 0 ? -1 : finished;
  });
}

napi_value GetSockName(napi_env env, napi_callback_info info) {
  Args args(env, info, "getsockname");
  return IntoAddress(args, env, getsockname);
}

napi_value GetPeerName(napi_env env, napi_callback_info info) {
  Args args(env, info, "getpeername");
  return IntoAddress(args, env, getpeername);
}

// Reads what recv and send take, then calls.
template <typename Call>
napi_value Transfer(napi_env env, napi_callback_info info, const char* name, Call call) {
  Args args(env, info, name);
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> part = args.BytesRange(1, "buffer");
  const int flags = args.Int(4, "flags");
  if (!args.ok()) return nullptr;
  const size_t byteCount = std::min(part.size, kBytesPerCallMax);
  const ssize_t result = RetryOnEintr([&] { return call(fd, part.data, byteCount, flags); });
  return ToJs(env, static_cast<int32_t>(result));
}

napi_value Recv(napi_env env, napi_callback_info info) { return Transfer(env, info, "recv", recv); }

// Many sockets, one call. `requests` holds a descriptor and a number of bytes for each, and gets the result
// in the place of the number; what arrives lies side by side. Stops before a request for which too little
// room is left: there the caller goes on with fresh memory.
napi_value RecvEach(napi_env env, napi_callback_info info) {
  Args args(env, info, "recvEach");
  const Span<int32_t> requests = args.Int32s(0, "requests", 2);
  const Span<uint8_t> memory = args.BytesRange(1, "buffer");
  const int count = args.Int(4, "count");
  const int roomMin = args.Int(5, "roomMin");
  if (!args.ok()) return nullptr;
  if (count < 0 || roomMin < 1 || static_cast<size_t>(count) > requests.size / 2) return ToJs(env, -EINVAL);
  size_t used = 0;
  for (int i = 0; i < count; i++) {
    int32_t* const slot = &requests.data[2 * i];
    const int fd = LoadOnce(slot);
    const int wanted = LoadOnce(slot + 1);
    const size_t room = memory.size - used;
    if (wanted < 0 || room < static_cast<size_t>(std::min(wanted, roomMin))) return ToJs(env, i);
    const size_t byteCount = std::min(room, static_cast<size_t>(wanted));
    const ssize_t result = RetryOnEintr([&] { return recv(fd, memory.data + used, byteCount, 0); });
    slot[1] = static_cast<int32_t>(result);
    if (result > 0) used += static_cast<size_t>(result);
  }
  return ToJs(env, count);
}

napi_value Send(napi_env env, napi_callback_info info) {
  return Transfer(env, info, "send", [](int fd, const uint8_t* data, size_t byteCount, int flags) {
    return send(fd, data, byteCount, flags | kSendFlags);
  });
}

}  // namespace

void RegisterSocketCalls(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned) {
  Export(env, exports, "socket", Socket, owned);
  Export(env, exports, "socketpair", SocketPair, owned);
  Export(env, exports, "bind", Bind);
  Export(env, exports, "connect", Connect);
  Export(env, exports, "listen", Listen);
  Export(env, exports, "accept", Accept, owned);
  Export(env, exports, "recv", Recv);
  Export(env, exports, "recvEach", RecvEach);
  Export(env, exports, "send", Send);
  Export(env, exports, "shutdown", Shutdown);
  Export(env, exports, "getsockname", GetSockName);
  Export(env, exports, "getpeername", GetPeerName);
  RegisterSocketOptions(env, exports);
  RegisterSendGathered(env, exports);
  RegisterMessageCalls(env, exports, owned);
  RegisterBatchCalls(env, exports);
  RegisterSendEach(env, exports);
  RegisterFileCalls(env, exports);
}

}  // namespace selectloop
