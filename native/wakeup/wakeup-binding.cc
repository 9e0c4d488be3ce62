// Wake-ups as JavaScript sees them, and the protocol of wakeup.h on the shared words.

#include <node_api.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "wake-groups.h"
#include "wakeup.h"

namespace selectloop {
namespace {

// A thread is inside Wake for one system call that does not block, and for as long as it is not scheduled.
constexpr std::chrono::seconds kInsideMax{2};
// Who closes looks that often whether it has left. Asleep in between: the other may need this processor.
constexpr std::chrono::microseconds kLookAgain{100};

// JavaScript's Atomics work on the same words. Lock-free on every system that has a SharedArrayBuffer.
static_assert(__atomic_always_lock_free(sizeof(int32_t), nullptr), "the shared words need lock-free atomics");

int32_t Add(int32_t* word, int32_t value) { return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST); }
int32_t Exchange(int32_t* word, int32_t value) { return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST); }
int32_t Load(const int32_t* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

// The order is the proof in wakeup.h.
int Drain(int32_t* state, int readFd) {
  const int result = DrainWakeupFd(readFd);
  Exchange(&state[kPending], 0);
  return result;
}

// The wake-ups that one environment has open. `reference` keeps the shared memory alive for the cleanup hook,
// which closes what a terminated worker left open: other threads may hold its handles and wake at that very
// moment.
class WakeupSet {
 public:
  WakeupSet() = default;
  WakeupSet(const WakeupSet&) = delete;
  WakeupSet& operator=(const WakeupSet&) = delete;

  ~WakeupSet() {
    for (const Wakeup& wakeup : wakeups_) Close(wakeup);
  }

  void Add(napi_env env, napi_ref reference, int32_t* state, int readFd, int writeFd) {
    wakeups_.push_back({env, reference, state, readFd, writeFd});
  }

  bool Has(const int32_t* state) { return Find(state) != wakeups_.end(); }

  int Join(int32_t group, const int32_t* state) {
    const auto found = Find(state);
    if (found == wakeups_.end()) return -EBADF;
    JoinGroup(group, found->state, found->writeFd);
    return 0;
  }

  int Close(const int32_t* state) {
    const auto found = Find(state);
    if (found == wakeups_.end()) return -EBADF;
    Close(*found);
    wakeups_.erase(found);
    return 0;
  }

 private:
  struct Wakeup {
    napi_env env;
    napi_ref reference;
    int32_t* state;
    int readFd;
    int writeFd;
  };

  std::vector<Wakeup>::iterator Find(const int32_t* state) {
    return std::find_if(wakeups_.begin(), wakeups_.end(),
                        [state](const Wakeup& wakeup) { return wakeup.state == state; });
  }

  // True when no thread is inside Wake any more. False when the words say otherwise for longer than any
  // thread can be there: somebody has written to them.
  static bool WaitUntilNobodyIsInside(const int32_t* life) {
    const auto deadline = std::chrono::steady_clock::now() + kInsideMax;
    while (Load(life) != kClosed) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(kLookAgain);
    }
    return true;
  }

  static void Close(const Wakeup& wakeup) {
    LeaveAllGroups(wakeup.state);
    __atomic_fetch_or(&wakeup.state[kLife], kClosed, __ATOMIC_SEQ_CST);
    // Otherwise the descriptors stay open. A leak is better than a write to a descriptor of other code.
    if (WaitUntilNobodyIsInside(&wakeup.state[kLife])) CloseWakeupFds(wakeup.readFd, wakeup.writeFd);
    // Also in the cleanup hook: an environment that ends does not delete the references that were made in it.
    napi_delete_reference(wakeup.env, wakeup.reference);
  }

  std::vector<Wakeup> wakeups_;
};

// Whether a typed array, which `words` is, lies over a SharedArrayBuffer.
bool IsShared(napi_env env, napi_value words) {
  napi_value memory = nullptr;
  bool isOfOneThread = true;
  napi_get_typedarray_info(env, words, nullptr, nullptr, nullptr, &memory, nullptr);
  napi_is_arraybuffer(env, memory, &isOfOneThread);
  return !isOfOneThread;
}

napi_value WakeupOpen(napi_env env, napi_callback_info info) {
  Args args(env, info, "wakeupOpen");
  const Span<int32_t> state = args.Int32s(0, "state", kWakeupStateSize);
  const Span<int32_t> out = args.Int32s(1, "out", 2);
  if (!args.ok()) return nullptr;
  // Memory of one thread alone could be given away while this points to it; words that are not zero, or that
  // another wake-up has, make no sense.
  if (!IsShared(env, args.Raw(0))) return ToJs(env, -EINVAL);
  if (Load(&state.data[kPending]) != 0 || Load(&state.data[kLife]) != 0) return ToJs(env, -EINVAL);
  if (args.State<WakeupSet>()->Has(state.data)) return ToJs(env, -EEXIST);
  napi_ref reference = nullptr;
  if (napi_create_reference(env, args.Raw(0), 1, &reference) != napi_ok) return nullptr;
  int readFd = -1;
  int writeFd = -1;
  const int result = OpenWakeupFds(&readFd, &writeFd);
  if (result < 0) {
    napi_delete_reference(env, reference);
    return ToJs(env, result);
  }
  args.State<WakeupSet>()->Add(env, reference, state.data, readFd, writeFd);
  out.data[0] = readFd;
  out.data[1] = writeFd;
  return ToJs(env, 0);
}

napi_value WakeupWake(napi_env env, napi_callback_info info) {
  Args args(env, info, "wakeupWake");
  const Span<int32_t> state = args.Int32s(0, "state", kWakeupStateSize);
  const int writeFd = args.Int(1, "writeFd");
  if (!args.ok()) return nullptr;
  return ToJs(env, Wake(state.data, writeFd));
}

// Only the owner's thread drains, and only it closes, so this look at kClosed is not a race.
napi_value WakeupDrain(napi_env env, napi_callback_info info) {
  Args args(env, info, "wakeupDrain");
  const Span<int32_t> state = args.Int32s(0, "state", kWakeupStateSize);
  const int readFd = args.Int(1, "readFd");
  if (!args.ok()) return nullptr;
  if ((Load(&state.data[kLife]) & kClosed) != 0) return ToJs(env, -EBADF);
  return ToJs(env, Drain(state.data, readFd));
}

// The wake-up must be one of this environment's, which closes it, and so takes it out of its groups.
napi_value GroupJoin(napi_env env, napi_callback_info info) {
  Args args(env, info, "groupJoin");
  const int32_t group = args.Int(0, "group");
  const Span<int32_t> state = args.Int32s(1, "state", kWakeupStateSize);
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<WakeupSet>()->Join(group, state.data));
}

napi_value WakeupClose(napi_env env, napi_callback_info info) {
  Args args(env, info, "wakeupClose");
  const Span<int32_t> state = args.Int32s(0, "state", kWakeupStateSize);
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<WakeupSet>()->Close(state.data));
}

}  // namespace

// 1 when this wake made the descriptor readable, 0 when there was no need or the wake-up is closed, or
// -errno.
int Wake(int32_t* state, int writeFd) {
  int result = 0;
  const int32_t life = Add(&state[kLife], 1);
  if ((life & kClosed) == 0 && Exchange(&state[kPending], 1) == 0) {
    result = WriteWakeupFd(writeFd);
    if (result == 0) result = 1;
  }
  Add(&state[kLife], -1);
  return result;
}

void RegisterWakeups(Napi::Env env, Napi::Object exports) {
  WakeupSet* wakeups = NewEnvironmentState<WakeupSet>(env);
  Export(env, exports, "wakeupOpen", WakeupOpen, wakeups);
  Export(env, exports, "wakeupWake", WakeupWake);
  Export(env, exports, "wakeupDrain", WakeupDrain);
  Export(env, exports, "wakeupClose", WakeupClose, wakeups);
  Export(env, exports, "groupJoin", GroupJoin, wakeups);
}

}  // namespace selectloop
