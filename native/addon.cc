// The addon's table of contents: each room registers the calls it offers, and keeps its own state per
// environment (see room.h), so the addon can be loaded by any number of worker threads at once.
//
// The rule of this folder: numbers and caller-owned buffers in, `>= 0` or `-errno` out. Nothing here throws
// for what the operating system says, builds JavaScript objects where it is hot, or calls JavaScript (guest/
// alone does: that is what it is for).

#include <napi.h>

#include "owned-descriptors.h"
#include "room.h"
#include "rooms.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  // First, so that its hook runs last: a signal that is still watched must not be written to the number of a
  // pipe that is closed already.
  auto* owned = selectloop::NewEnvironmentState<selectloop::OwnedDescriptors>(env);
  selectloop::RegisterPollers(env, exports);
  selectloop::RegisterWakeups(env, exports);
  selectloop::RegisterWakeGroups(env, exports);
  selectloop::RegisterSignals(env, exports);
  selectloop::RegisterSocketCalls(env, exports, owned);
  selectloop::RegisterFdCalls(env, exports, owned);
  selectloop::RegisterNetCalls(env, exports);
  selectloop::RegisterPipeCalls(env, exports);
  selectloop::RegisterProcesses(env, exports, owned);
  selectloop::RegisterNames(env, exports);
  selectloop::RegisterTls(env, exports);
  selectloop::RegisterThreadEnd(env, exports);
  selectloop::RegisterGuests(env, exports);
  selectloop::RegisterConstants(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(selectloop, Init)
