#ifndef SELECTLOOP_SOCKET_SEND_EACH_H_
#define SELECTLOOP_SOCKET_SEND_EACH_H_

#include <napi.h>

namespace selectloop {

// Called by RegisterSocketCalls.
void RegisterSendEach(Napi::Env env, Napi::Object exports);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SEND_EACH_H_
