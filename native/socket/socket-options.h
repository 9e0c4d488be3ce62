// getsockopt and setsockopt, apart from the other socket calls for size alone.

#ifndef SELECTLOOP_SOCKET_SOCKET_OPTIONS_H_
#define SELECTLOOP_SOCKET_SOCKET_OPTIONS_H_

#include <napi.h>

namespace selectloop {

// Called by RegisterSocketCalls.
void RegisterSocketOptions(Napi::Env env, Napi::Object exports);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SOCKET_OPTIONS_H_
