// sendfile as JavaScript calls it.

#include "file-calls.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "sendfile.h"

namespace selectloop {
namespace {

// A page less than 2 GiB, where Linux stops (sendfile(2), NOTES). A multiple of every page size.
constexpr double kFileBytesPerCallMax = 0x7fff0000;

// Keeps SIGPIPE from this thread: sendfile has no flag against it, and though Node ignores the signal, libuv
// puts its deadly default back when the last listener leaves. The signal is this thread's own (POSIX, write:
// "sent to the thread"), so one that was not pending before is what the call raised, and is taken off again.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    wasPending_ = IsPending();
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }

  ~WithoutSigpipe() {
    int signum = 0;
    if (!wasPending_ && IsPending()) sigwait(&sigpipe_, &signum);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  static bool IsPending() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t sigpipe_;
  sigset_t before_;
  bool wasPending_ = false;
};

napi_value SendFileCall(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendfile");
  const int fd = args.Int(0, "fd");
  const int file = args.Int(1, "file");
  const double offset = args.Double(2, "offset");
  const double byteCount = args.Double(3, "byteCount");
  if (!args.ok()) return nullptr;
  // Written so that NaN is refused. 2^53: what a double counts without gaps.
  const bool valid = offset >= 0 && offset <= 9007199254740992.0 && byteCount >= 1;
  if (!valid || offset != std::floor(offset)) return ToJs(env, -EINVAL);
  const size_t count = static_cast<size_t>(std::min(byteCount, kFileBytesPerCallMax));
  const WithoutSigpipe guard;
  return ToJs(env, static_cast<int32_t>(SendFile(fd, file, static_cast<off_t>(offset), count)));
}

}  // namespace

void RegisterFileCalls(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "sendfile", SendFileCall);
}

}  // namespace selectloop
