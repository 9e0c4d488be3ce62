// Groups of wake-ups and numbers of threads as JavaScript sees them.

#include <node_api.h>

#include <set>

#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "wake-groups.h"
#include "wakeup.h"

namespace selectloop {
namespace {

// The numbers that one environment has entered: more than one only if its copies of this package disagree.
class ThreadNumbers {
 public:
  ThreadNumbers() = default;
  ThreadNumbers(const ThreadNumbers&) = delete;
  ThreadNumbers& operator=(const ThreadNumbers&) = delete;

  ~ThreadNumbers() {
    for (const int32_t number : numbers_) LeaveThread(number);
  }

  void Enter(int32_t number) {
    if (numbers_.insert(number).second) EnterThread(number);
  }

 private:
  std::set<int32_t> numbers_;
};

napi_value GroupOpen(napi_env env, napi_callback_info) { return ToJs(env, NewGroup()); }

napi_value GroupWake(napi_env env, napi_callback_info info) {
  Args args(env, info, "groupWake");
  const int32_t group = args.Int(0, "group");
  if (!args.ok()) return nullptr;
  return ToJs(env, WakeGroup(group));
}

napi_value GroupLeave(napi_env env, napi_callback_info info) {
  Args args(env, info, "groupLeave");
  const int32_t group = args.Int(0, "group");
  const Span<int32_t> state = args.Int32s(1, "state", kWakeupStateSize);
  if (!args.ok()) return nullptr;
  return ToJs(env, LeaveGroup(group, state.data));
}

napi_value ThreadEnter(napi_env env, napi_callback_info info) {
  Args args(env, info, "threadEnter");
  const int32_t number = args.Int(0, "number");
  if (!args.ok()) return nullptr;
  args.State<ThreadNumbers>()->Enter(number);
  return ToJs(env, 0);
}

napi_value ThreadIsAlive(napi_env env, napi_callback_info info) {
  Args args(env, info, "threadIsAlive");
  const int32_t number = args.Int(0, "number");
  if (!args.ok()) return nullptr;
  return ToJs(env, IsThreadAlive(number) ? 1 : 0);
}

}  // namespace

void RegisterWakeGroups(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "groupOpen", GroupOpen);
  Export(env, exports, "groupWake", GroupWake);
  Export(env, exports, "groupLeave", GroupLeave);
  Export(env, exports, "threadEnter", ThreadEnter, NewEnvironmentState<ThreadNumbers>(env));
  Export(env, exports, "threadIsAlive", ThreadIsAlive);
}

}  // namespace selectloop
