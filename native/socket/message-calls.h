#ifndef SELECTLOOP_SOCKET_MESSAGE_CALLS_H_
#define SELECTLOOP_SOCKET_MESSAGE_CALLS_H_

#include <napi.h>

#include "../owned-descriptors.h"

namespace selectloop {

// Called by RegisterSocketCalls.
void RegisterMessageCalls(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_MESSAGE_CALLS_H_
