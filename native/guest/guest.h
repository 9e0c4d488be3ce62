// A guest: a loop of ours that Node's own loop (libuv) calls when there is something for it to do.
//
// A turn is one call of the JavaScript function that the guest was opened with. It comes on the thread of the
// environment, from libuv, with an empty stack below it, and Node runs its microtasks and `nextTick` queue
// when it returns. What calls for a turn:
//
//   the descriptor is readable     the poller's own descriptor: level-triggered, as the poller is
//   the planned time has passed    Plan(delayMs > 0); rounded up to milliseconds, never early
//   work is left                   Plan(0); once per iteration of Node's loop, after it has polled
//
// While work is left the first two do not call: the third does in the same iteration. So one iteration of
// Node's loop has one turn of a guest, and neither starves the other. What was planned stays in force until
// the next Plan, but for a time that has passed.
//
// A turn that throws is reported as an uncaught exception of the environment.
//
// WHAT KEEPS NODE ALIVE. Only the last call of Plan, by its `keepsAlive`. True when opened.
//
// LIFETIME. From Open until every libuv handle is closed, which is later than Close: libuv closes at the end
// of an iteration. Close may be called inside a turn, which is then the last. What that turn calls, or a
// microtask behind it, may run iterations of Node's loop from inside, as `deasync` does: then the handles are
// closed before the turn is over, and its end frees. The environment may end at any moment before (by
// process.exit, worker.terminate): an asynchronous cleanup hook closes then, and the environment waits for
// it. Hooks run in reverse order, and this one is younger than the hook that closes the pollers, so libuv has
// let go of the descriptor before it is closed.
//
//   open      Open .. Close or the hook       turns come
//   closing   .. the last close callback, or  no new turn; the memory belongs to libuv and to a turn that is
//             the end of a turn after it      under way
//   freed

#ifndef SELECTLOOP_GUEST_GUEST_H_
#define SELECTLOOP_GUEST_GUEST_H_

#include <node_api.h>
#include <uv.h>

#include <functional>

namespace selectloop {

class Guest {
 public:
  // Watches `fd` and calls `turn`. `onClosed` runs once when the guest begins to close by itself, because its
  // environment ends. Returns 0 and sets `out`, or -errno: -EPERM for what cannot be watched, -ENOMEM.
  static int Open(napi_env env, int fd, napi_value turn, std::function<void()> onClosed, Guest** out);

  // Watches `fd` in place of the descriptor before, which must still be open. 0 or -errno: nothing changed
  // then.
  int Follow(int fd);

  // When the next turn is due, beside the readiness of the descriptor: `delayMs` 0 in the next iteration,
  // negative not at all.
  void Plan(double delayMs, bool keepsAlive);

  // Ends it. No turn comes after this. Once only.
  void Close();

 private:
  explicit Guest(napi_env env) : env_(env) {}
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  int Begin(int fd, napi_value turn);
  // A new poll handle that watches `fd`, or -errno.
  int Watch(int fd, uv_poll_t** out);
  void StartTimer();
  void StopBusy();
  void Turn();
  void HandleClosed();
  void FreeWhenOver();
  void Free();

  napi_env env_;
  uv_loop_t* loop_ = nullptr;
  // A poll handle cannot change its descriptor, so each descriptor has one of its own.
  uv_poll_t* poll_ = nullptr;
  uv_timer_t timer_ = {};
  // When the turn that the timer is for is due, on the clock of uv_hrtime().
  uint64_t dueNs_ = 0;
  // An idle handle keeps libuv from blocking; a check handle calls after it has polled. Active together.
  uv_idle_t idle_ = {};
  uv_check_t check_ = {};
  bool busy_ = false;
  bool keepsAlive_ = true;
  bool closing_ = false;
  int openHandles_ = 0;
  int turnDepth_ = 0;
  napi_ref turn_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  std::function<void()> onClosed_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_GUEST_GUEST_H_
