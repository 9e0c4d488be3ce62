// Guests as JavaScript sees them: GuestCalls of src/kernel/addon.ts. A guest is a small integer, which no
// later guest of the environment will ever have again.

#include <node_api.h>

#include <cerrno>
#include <cmath>
#include <map>

#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "guest.h"

namespace selectloop {
namespace {

// The open guests of one environment. Those that are closing belong to libuv.
class Guests {
 public:
  // The guest's handle, or -errno.
  int Open(napi_env env, int fd, napi_value turn) {
    const int handle = next_;
    Guest* guest = nullptr;
    const int result = Guest::Open(env, fd, turn, [this, handle] { guests_.erase(handle); }, &guest);
    if (result < 0) return result;
    guests_[handle] = guest;
    return next_++;
  }

  Guest* Find(int handle) const {
    const auto found = guests_.find(handle);
    return found == guests_.end() ? nullptr : found->second;
  }

  int Close(int handle) {
    Guest* guest = Find(handle);
    if (guest == nullptr) return -EBADF;
    guests_.erase(handle);
    guest->Close();
    return 0;
  }

 private:
  std::map<int, Guest*> guests_;
  int next_ = 0;
};

// (fd, turn)
napi_value GuestOpen(napi_env env, napi_callback_info info) {
  Args args(env, info, "guestOpen");
  const int fd = args.Int(0, "fd");
  const napi_value turn = args.Function(1, "turn");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<Guests>()->Open(env, fd, turn));
}

// (handle, fd)
napi_value GuestFollow(napi_env env, napi_callback_info info) {
  Args args(env, info, "guestFollow");
  Guest* guest = args.State<Guests>()->Find(args.Int(0, "handle"));
  const int fd = args.Int(1, "fd");
  if (!args.ok()) return nullptr;
  return ToJs(env, guest == nullptr ? -EBADF : guest->Follow(fd));
}

// (handle, delayMs, keepsAlive)
napi_value GuestPlan(napi_env env, napi_callback_info info) {
  Args args(env, info, "guestPlan");
  Guest* guest = args.State<Guests>()->Find(args.Int(0, "handle"));
  const double delayMs = args.Double(1, "delayMs");
  const bool keepsAlive = args.Bool(2, "keepsAlive");
  if (!args.ok()) return nullptr;
  if (guest == nullptr) return ToJs(env, -EBADF);
  if (std::isnan(delayMs)) return ToJs(env, -EINVAL);
  guest->Plan(delayMs, keepsAlive);
  return ToJs(env, 0);
}

napi_value GuestClose(napi_env env, napi_callback_info info) {
  Args args(env, info, "guestClose");
  const int handle = args.Int(0, "handle");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<Guests>()->Close(handle));
}

}  // namespace

void RegisterGuests(Napi::Env env, Napi::Object exports) {
  Guests* guests = NewEnvironmentState<Guests>(env);
  Export(env, exports, "guestOpen", GuestOpen, guests);
  Export(env, exports, "guestFollow", GuestFollow, guests);
  Export(env, exports, "guestPlan", GuestPlan, guests);
  Export(env, exports, "guestClose", GuestClose, guests);
}

}  // namespace selectloop
