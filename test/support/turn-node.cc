// For tests only: one iteration of Node's own loop from inside a call, so that a test that calls run() and
// expects its value gets it while a guest drives the loop. Node is not made for this (microtasks do not run
// meanwhile), so no program should do it.

#include <node_api.h>
#include <uv.h>

namespace {

// Blocks until there is something to do, and does it. False when nothing is left that could ever call.
napi_value TurnNode(napi_env env, napi_callback_info) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  const int alive = uv_run(loop, UV_RUN_ONCE);
  napi_value result = nullptr;
  napi_get_boolean(env, alive != 0, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value turn = nullptr;
  napi_create_function(env, "turnNode", NAPI_AUTO_LENGTH, TurnNode, nullptr, &turn);
  napi_set_named_property(env, exports, "turnNode", turn);
  return exports;
}
