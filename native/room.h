// What a room needs to join an environment: a function to export, and state that ends with the environment.

#ifndef SELECTLOOP_ROOM_H_
#define SELECTLOOP_ROOM_H_

#include <napi.h>

namespace selectloop {

// Adds `call` to the exports. `state`, if any, reaches the call as Args::State().
inline void Export(Napi::Env env, Napi::Object exports, const char* name, napi_callback call,
                   void* state = nullptr) {
  const napi_property_descriptor property = {name,    nullptr,         call, nullptr, nullptr,
                                             nullptr, napi_enumerable, state};
  NAPI_THROW_IF_FAILED_VOID(env, napi_define_properties(env, exports, 1, &property));
}

// One T per environment, destroyed when the environment ends: by then no JavaScript of it can run any more,
// so no export can still see the pointer. A cleanup hook and not instance data, of which an environment has
// only one for the whole addon; with a hook each room keeps its state to itself.
template <typename T>
T* NewEnvironmentState(Napi::Env env) {
  T* state = new T();
  napi_add_env_cleanup_hook(env, [](void* data) { delete static_cast<T*>(data); }, state);
  return state;
}

}  // namespace selectloop

#endif  // SELECTLOOP_ROOM_H_
