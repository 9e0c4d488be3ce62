// How the answers of the operating system cross into JavaScript: `>= 0` as they are, failures as `-errno`.

#ifndef SELECTLOOP_RESULT_H_
#define SELECTLOOP_RESULT_H_

#include <node_api.h>

#include <cerrno>

namespace selectloop {

// The result of a call that says `-1` and sets errno, as `>= 0` or `-errno`. Works for int and ssize_t alike.
template <typename Integer>
Integer OrErrno(Integer result) {
  return result < 0 ? static_cast<Integer>(-errno) : result;
}

// Repeats a call until no signal interrupts it, then answers like OrErrno. Only for calls that POSIX lets us
// repeat and that do not wait: never for close(2) (after EINTR the descriptor is gone on Linux, and its
// number may already be another thread's) and never for connect(2) (the connection goes on without us).
template <typename Call>
auto RetryOnEintr(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return OrErrno(result);
}

// A number for JavaScript; nullptr, with the exception pending, only when the environment is ending.
inline napi_value ToJs(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

inline napi_value ToJs(napi_env env, int64_t value) {
  napi_value result = nullptr;
  napi_create_int64(env, value, &result);
  return result;
}

}  // namespace selectloop

#endif  // SELECTLOOP_RESULT_H_
