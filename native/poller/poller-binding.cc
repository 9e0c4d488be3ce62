// Pollers as JavaScript sees them: a poller is a small integer into the environment's table, and events are
// pairs in an Int32Array of the caller's.

#include <node_api.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "poller.h"

namespace selectloop {
namespace {

// The pollers of one environment. A handle is a slot's number and the slot's generation, so that the handle
// of a closed poller never means a later one: a slot whose generations are used up is left empty for good.
class PollerTable {
 public:
  // The new poller's handle, or -errno.
  int32_t Open(const Backend& backend) {
    if (free_.empty() && slots_.size() > kIndexMask) return -EMFILE;
    std::unique_ptr<Poller> poller;
    const int result = backend.open(&poller);
    if (result < 0) return result;
    if (free_.empty()) {
      free_.push_back(static_cast<int32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const int32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[static_cast<size_t>(index)];
    slot.poller = std::move(poller);
    return slot.generation << kIndexBits | index;
  }

  // nullptr for a handle that is closed or never was.
  Poller* Find(int32_t handle) const {
    const size_t index = static_cast<size_t>(handle & kIndexMask);
    if (handle < 0 || index >= slots_.size()) return nullptr;
    const Slot& slot = slots_[index];
    return slot.generation == handle >> kIndexBits ? slot.poller.get() : nullptr;
  }

  int Close(int32_t handle) {
    if (Find(handle) == nullptr) return -EBADF;
    const int32_t index = handle & kIndexMask;
    Slot& slot = slots_[static_cast<size_t>(index)];
    slot.poller.reset();
    if (slot.generation++ < kGenerationMax) free_.push_back(index);
    return 0;
  }

 private:
  struct Slot {
    std::unique_ptr<Poller> poller;
    int32_t generation = 0;
  };

  // 65,536 pollers at a time, 32,768 times each, in the 31 bits of a small integer.
  static constexpr int kIndexBits = 16;
  static constexpr int32_t kIndexMask = (1 << kIndexBits) - 1;
  static constexpr int32_t kGenerationMax = (1 << (31 - kIndexBits)) - 1;

  std::vector<Slot> slots_;
  std::vector<int32_t> free_;
};

napi_value PollerKinds(napi_env env, napi_callback_info /*info*/) {
  napi_value kinds = nullptr;
  napi_create_array(env, &kinds);
  uint32_t index = 0;
  for (const Backend& backend : Backends()) {
    napi_value kind = nullptr;
    napi_create_string_utf8(env, backend.kind, NAPI_AUTO_LENGTH, &kind);
    napi_set_element(env, kinds, index++, kind);
  }
  return kinds;
}

napi_value PollerOpen(napi_env env, napi_callback_info info) {
  Args args(env, info, "pollerOpen");
  char kind[16] = "";
  args.Text(0, "kind", kind, sizeof kind);
  if (!args.ok()) return nullptr;
  for (const Backend& backend : Backends()) {
    if (strcmp(backend.kind, kind) == 0) return ToJs(env, args.State<PollerTable>()->Open(backend));
  }
  return ToJs(env, -EINVAL);
}

napi_value PollerSet(napi_env env, napi_callback_info info) {
  Args args(env, info, "pollerSet");
  Poller* poller = args.State<PollerTable>()->Find(args.Int(0, "handle"));
  const int fd = args.Int(1, "fd");
  const int32_t before = args.Int(2, "before");
  const int32_t after = args.Int(3, "after");
  const int32_t token = args.Int(4, "token");
  if (!args.ok()) return nullptr;
  if (poller == nullptr) return ToJs(env, -EBADF);
  if (((before | after) & ~(kReadable | kWritable)) != 0 || token < 0) return ToJs(env, -EINVAL);
  return ToJs(env, poller->Set(fd, before, after, token));
}

napi_value PollerWait(napi_env env, napi_callback_info info) {
  Args args(env, info, "pollerWait");
  Poller* poller = args.State<PollerTable>()->Find(args.Int(0, "handle"));
  const Span<int32_t> events = args.Int32s(1, "events", 0);
  const double timeoutMs = args.Double(2, "timeoutMs");
  if (!args.ok()) return nullptr;
  if (poller == nullptr) return ToJs(env, -EBADF);
  if (events.size < 2 || std::isnan(timeoutMs)) return ToJs(env, -EINVAL);
  const size_t capacity = std::min<size_t>(events.size / 2, kEventsPerWaitMax);
  return ToJs(
      env, poller->Wait(reinterpret_cast<ReadyEvent*>(events.data), static_cast<int>(capacity), timeoutMs));
}

napi_value PollerPollableFd(napi_env env, napi_callback_info info) {
  Args args(env, info, "pollerPollableFd");
  const Poller* poller = args.State<PollerTable>()->Find(args.Int(0, "handle"));
  if (!args.ok()) return nullptr;
  return ToJs(env, poller == nullptr ? -EBADF : poller->PollableFd());
}

napi_value PollerClose(napi_env env, napi_callback_info info) {
  Args args(env, info, "pollerClose");
  const int32_t handle = args.Int(0, "handle");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<PollerTable>()->Close(handle));
}

}  // namespace

void RegisterPollers(Napi::Env env, Napi::Object exports) {
  PollerTable* pollers = NewEnvironmentState<PollerTable>(env);
  Export(env, exports, "pollerKinds", PollerKinds);
  Export(env, exports, "pollerOpen", PollerOpen, pollers);
  Export(env, exports, "pollerSet", PollerSet, pollers);
  Export(env, exports, "pollerWait", PollerWait, pollers);
  Export(env, exports, "pollerPollableFd", PollerPollableFd, pollers);
  Export(env, exports, "pollerClose", PollerClose, pollers);
}

}  // namespace selectloop
