// What pipes need besides the calls on any descriptor: a queue of buffers in one write, and what a descriptor
// leads to. Part of FdCalls of src/kernel/kernel.ts.

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "../args.h"
#include "../gather.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"

namespace selectloop {
namespace {

napi_value WriteV(napi_env env, napi_callback_info info) {
  Args args(env, info, "writev");
  const int fd = args.Int(0, "fd");
  Gather gather(&args, 1);
  if (!args.ok()) return nullptr;
  const int count = static_cast<int>(gather.count());
  const ssize_t result = RetryOnEintr([&] { return writev(fd, gather.pieces(), count); });
  return ToJs(env, static_cast<int32_t>(result));
}

// Our end of a pseudo-terminal. It matters on Linux alone: there, a read after the last process has closed
// the other end fails with EIO; elsewhere it is the end of the stream.
bool IsTerminalMaster(int fd) {
#ifdef TIOCGPTN
  unsigned number = 0;
  return ioctl(fd, TIOCGPTN, &number) == 0;
#else
  static_cast<void>(fd);
  return false;
#endif
}

// The S_IF... values are the same on every Unix, but POSIX does not say so; the answers here are ours.
napi_value FileType(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileType");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  struct stat status;
  const int result = RetryOnEintr([&] { return fstat(fd, &status); });
  if (result < 0) return ToJs(env, result);
  if (S_ISFIFO(status.st_mode)) return ToJs(env, 1);
  if (S_ISSOCK(status.st_mode)) return ToJs(env, 2);
  if (S_ISCHR(status.st_mode)) return ToJs(env, IsTerminalMaster(fd) ? 4 : 3);
  return ToJs(env, 0);
}

}  // namespace

void RegisterPipeCalls(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "writev", WriteV);
  Export(env, exports, "fileType", FileType);
}

}  // namespace selectloop
