// Calls on any descriptor: FdCalls of src/kernel/kernel.ts. write(2) on a pipe or a terminal has no flag
// against SIGPIPE; Node ignores that signal from its start on.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>

#include "../args.h"
#include "../descriptor.h"
#include "../owned-descriptors.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "../timeout.h"

namespace selectloop {
namespace {

constexpr int kReadable = 1;
constexpr int kWritable = 2;

// More than any system moves in one call (Linux stops at 0x7ffff000 bytes, macOS refuses more than INT_MAX).
constexpr size_t kBytesPerCallMax = INT_MAX;

napi_value Read(napi_env env, napi_callback_info info) {
  Args args(env, info, "read");
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> part = args.BytesRange(1, "buffer");
  if (!args.ok()) return nullptr;
  const size_t byteCount = std::min(part.size, kBytesPerCallMax);
  const ssize_t result = RetryOnEintr([&] { return read(fd, part.data, byteCount); });
  return ToJs(env, static_cast<int32_t>(result));
}

napi_value Write(napi_env env, napi_callback_info info) {
  Args args(env, info, "write");
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> part = args.BytesRange(1, "buffer");
  if (!args.ok()) return nullptr;
  const size_t byteCount = std::min(part.size, kBytesPerCallMax);
  const ssize_t result = RetryOnEintr([&] { return write(fd, part.data, byteCount); });
  return ToJs(env, static_cast<int32_t>(result));
}

napi_value Pipe(napi_env env, napi_callback_info info) {
  Args args(env, info, "pipe");
  const Span<int32_t> out = args.Int32s(0, "out", 2);
  if (!args.ok()) return nullptr;
  int fds[2] = {-1, -1};
  const int result = OpenPipe(fds);
  if (result < 0) return ToJs(env, result);
  OwnedDescriptors* owned = args.State<OwnedDescriptors>();
  out.data[0] = owned->Add(fds[0]);
  out.data[1] = owned->Add(fds[1]);
  return ToJs(env, 0);
}

napi_value Dup(napi_env env, napi_callback_info info) {
  Args args(env, info, "dup");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<OwnedDescriptors>()->Add(OrErrno(fcntl(fd, F_DUPFD_CLOEXEC, 0))));
}

napi_value Close(napi_env env, napi_callback_info info) {
  Args args(env, info, "close");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  // Before the call: whatever it says, the number is not ours to close again.
  args.State<OwnedDescriptors>()->Remove(fd);
  const int result = OrErrno(close(fd));
  // Interrupted or not, Linux and the BSDs have released the descriptor (close(2), NOTES): a second call
  // could close one that another thread has just been given.
  return ToJs(env, result == -EINTR ? 0 : result);
}

napi_value SetNonblockingCall(napi_env env, napi_callback_info info) {
  Args args(env, info, "setNonblocking");
  const int fd = args.Int(0, "fd");
  const bool nonblocking = args.Bool(1, "nonblocking");
  if (!args.ok()) return nullptr;
  return ToJs(env, SetNonblocking(fd, nonblocking));
}

napi_value Adopt(napi_env env, napi_callback_info info) {
  Args args(env, info, "adopt");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  if (fcntl(fd, F_GETFD) < 0) return ToJs(env, OrErrno(-1));
  args.State<OwnedDescriptors>()->Add(fd);
  return ToJs(env, 0);
}

napi_value Release(napi_env env, napi_callback_info info) {
  Args args(env, info, "release");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  args.State<OwnedDescriptors>()->Remove(fd);
  return ToJs(env, 0);
}

napi_value GetInheritable(napi_env env, napi_callback_info info) {
  Args args(env, info, "getInheritable");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  const int flags = OrErrno(fcntl(fd, F_GETFD));
  return ToJs(env, flags < 0 ? flags : (flags & FD_CLOEXEC) == 0);
}

napi_value SetInheritable(napi_env env, napi_callback_info info) {
  Args args(env, info, "setInheritable");
  const int fd = args.Int(0, "fd");
  const bool inheritable = args.Bool(1, "inheritable");
  if (!args.ok()) return nullptr;
  const int before = OrErrno(fcntl(fd, F_GETFD));
  if (before < 0) return ToJs(env, before);
  const int after = inheritable ? before & ~FD_CLOEXEC : before | FD_CLOEXEC;
  return ToJs(env, OrErrno(fcntl(fd, F_SETFD, after)));
}

// Errors and hang-ups concern every waiter, whatever it waits for: the answer is the whole interest.
int ReadyBits(short revents, int interest) {
  if (revents & (POLLERR | POLLHUP)) return interest;
  int ready = 0;
  if (revents & POLLIN) ready |= kReadable;
  if (revents & POLLOUT) ready |= kWritable;
  return ready & interest;
}

napi_value WaitReady(napi_env env, napi_callback_info info) {
  Args args(env, info, "waitReady");
  const int fd = args.Int(0, "fd");
  const int interest = args.Int(1, "interest");
  const double timeoutMs = args.Double(2, "timeoutMs");
  if (!args.ok()) return nullptr;
  // poll(2) ignores negative descriptors, and would sleep.
  if (fd < 0) return ToJs(env, -EBADF);
  if (std::isnan(timeoutMs)) return ToJs(env, -EINVAL);
  pollfd entry{};
  entry.fd = fd;
  if (interest & kReadable) entry.events = POLLIN;
  if (interest & kWritable) entry.events = static_cast<short>(entry.events | POLLOUT);
  const int result = OrErrno(PollFor(&entry, 1, timeoutMs));
  if (result == -EINTR) return ToJs(env, 0);
  if (result <= 0) return ToJs(env, result);
  if (entry.revents & POLLNVAL) return ToJs(env, -EBADF);
  return ToJs(env, ReadyBits(entry.revents, interest));
}

}  // namespace

void RegisterFdCalls(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned) {
  Export(env, exports, "read", Read);
  Export(env, exports, "write", Write);
  Export(env, exports, "pipe", Pipe, owned);
  Export(env, exports, "dup", Dup, owned);
  Export(env, exports, "close", Close, owned);
  Export(env, exports, "adopt", Adopt, owned);
  Export(env, exports, "release", Release, owned);
  Export(env, exports, "getInheritable", GetInheritable);
  Export(env, exports, "setInheritable", SetInheritable);
  Export(env, exports, "setNonblocking", SetNonblockingCall);
  Export(env, exports, "waitReady", WaitReady);
}

}  // namespace selectloop
