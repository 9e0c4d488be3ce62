#include "socket-options.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "../args.h"
#include "../result.h"
#include "../room.h"

namespace selectloop {
namespace {

// Far more than any option has; keeps the length inside socklen_t, which the systems read as a signed int.
constexpr size_t kOptionBytesMax = INT_MAX;

#ifdef SO_GET_FILTER
// The one option whose size Linux counts in instructions, not in bytes (sk_get_filter of net/core/filter.c):
// a size in bytes would have it write eight times as much as there is room for.
constexpr bool CountsInstructions(int level, int option) {
  return level == SOL_SOCKET && option == SO_GET_FILTER;
}
constexpr size_t kInstructionBytes = 8;
#else
constexpr bool CountsInstructions(int /*level*/, int /*option*/) { return false; }
constexpr size_t kInstructionBytes = 1;
#endif

// The packet filter of a socket into `out`: how many bytes, -EINVAL when it has more.
int GetFilter(int fd, int level, int option, const Span<uint8_t>& out) {
  socklen_t instructions = static_cast<socklen_t>(std::min(out.size, kOptionBytesMax) / kInstructionBytes);
  // No room at all asks how many there are. That is no number of bytes in `out`.
  if (instructions == 0) return -EINVAL;
  const int result = OrErrno(getsockopt(fd, level, option, out.data, &instructions));
  return result < 0 ? result : static_cast<int>(instructions * kInstructionBytes);
}

napi_value GetSockOptInt(napi_env env, napi_callback_info info) {
  Args args(env, info, "getsockoptInt");
  const int fd = args.Int(0, "fd");
  const int level = args.Int(1, "level");
  const int option = args.Int(2, "option");
  const Span<int32_t> out = args.Int32s(3, "out", 1);
  if (!args.ok()) return nullptr;
  if (CountsInstructions(level, option)) return ToJs(env, -EINVAL);
  int value = 0;
  socklen_t length = sizeof value;
  const int result = OrErrno(getsockopt(fd, level, option, &value, &length));
  if (result < 0) return ToJs(env, result);
  // A few options are one byte wide (IP_MULTICAST_TTL on the BSDs), and the first byte is not the lowest
  // everywhere.
  out.data[0] = length == 1 ? *reinterpret_cast<const unsigned char*>(&value) : value;
  return ToJs(env, 0);
}

napi_value SetSockOptInt(napi_env env, napi_callback_info info) {
  Args args(env, info, "setsockoptInt");
  const int fd = args.Int(0, "fd");
  const int level = args.Int(1, "level");
  const int option = args.Int(2, "option");
  const int value = args.Int(3, "value");
  if (!args.ok()) return nullptr;
  return ToJs(env, OrErrno(setsockopt(fd, level, option, &value, sizeof value)));
}

napi_value GetSockOptBytes(napi_env env, napi_callback_info info) {
  Args args(env, info, "getsockoptBytes");
  const int fd = args.Int(0, "fd");
  const int level = args.Int(1, "level");
  const int option = args.Int(2, "option");
  const Span<uint8_t> out = args.Bytes(3, "out");
  if (!args.ok()) return nullptr;
  if (CountsInstructions(level, option)) return ToJs(env, GetFilter(fd, level, option, out));
  socklen_t length = static_cast<socklen_t>(std::min(out.size, kOptionBytesMax));
  const int result = OrErrno(getsockopt(fd, level, option, out.data, &length));
  return ToJs(env, result < 0 ? result : static_cast<int32_t>(length));
}

napi_value SetSockOptBytes(napi_env env, napi_callback_info info) {
  Args args(env, info, "setsockoptBytes");
  const int fd = args.Int(0, "fd");
  const int level = args.Int(1, "level");
  const int option = args.Int(2, "option");
  const Span<uint8_t> value = args.Bytes(3, "value");
  if (!args.ok()) return nullptr;
  const socklen_t length = static_cast<socklen_t>(std::min(value.size, kOptionBytesMax));
  return ToJs(env, OrErrno(setsockopt(fd, level, option, value.data, length)));
}

}  // namespace

void RegisterSocketOptions(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "getsockoptInt", GetSockOptInt);
  Export(env, exports, "setsockoptInt", SetSockOptInt);
  Export(env, exports, "getsockoptBytes", GetSockOptBytes);
  Export(env, exports, "setsockoptBytes", SetSockOptBytes);
}

}  // namespace selectloop
