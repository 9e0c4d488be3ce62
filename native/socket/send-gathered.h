// What send-gathered.cc adds to this room's exports.

#ifndef SELECTLOOP_SOCKET_SEND_GATHERED_H_
#define SELECTLOOP_SOCKET_SEND_GATHERED_H_

#include <napi.h>

namespace selectloop {

void RegisterSendGathered(Napi::Env env, Napi::Object exports);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SEND_GATHERED_H_
