// The end of a thread as something that can be waited for: a descriptor that is closed when the thread ends.
//
// A worker's thread ends in many ways: process.exit(), an uncaught error, terminate(), no memory left. Node
// tells its parent through the parent's event loop, which stands still while the parent blocks in select().
// So the parent opens a pipe, the worker takes the write end, and the parent's selector sees the end of the
// stream when the worker is gone, whatever the reason.
//
// A cleanup hook of the environment would be earlier: the isolate, which owns most of the thread's memory, is
// disposed after it. Destructors of thread_local objects run last of all, on the thread itself.

#include <unistd.h>

#include <vector>

#include "../args.h"
#include "../keep-loaded.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"

namespace selectloop {
namespace {

class ClosedAtEnd {
 public:
  ClosedAtEnd() = default;
  ClosedAtEnd(const ClosedAtEnd&) = delete;
  ClosedAtEnd& operator=(const ClosedAtEnd&) = delete;

  // A failed close can no longer be reported.
  ~ClosedAtEnd() {
    for (const int fd : fds_) close(fd);
  }

  void Add(int fd) { fds_.push_back(fd); }

 private:
  std::vector<int> fds_;
};

napi_value CloseAtThreadEnd(napi_env env, napi_callback_info info) {
  Args args(env, info, "closeAtThreadEnd");
  const int fd = args.Int(0, "fd");
  if (!args.ok()) return nullptr;
  // The destructor runs after Node has let go of the addon in this thread.
  KeepLibraryLoaded(reinterpret_cast<const void*>(&CloseAtThreadEnd));
  static thread_local ClosedAtEnd closed;
  closed.Add(fd);
  return ToJs(env, 0);
}

}  // namespace

void RegisterThreadEnd(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "closeAtThreadEnd", CloseAtThreadEnd);
}

}  // namespace selectloop
