#ifndef SELECTLOOP_SOCKET_FILE_CALLS_H_
#define SELECTLOOP_SOCKET_FILE_CALLS_H_

#include <napi.h>

namespace selectloop {

// Called by RegisterSocketCalls.
void RegisterFileCalls(Napi::Env env, Napi::Object exports);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_FILE_CALLS_H_
