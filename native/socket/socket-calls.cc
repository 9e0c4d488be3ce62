#include "../rooms.h"

namespace selectloop {

void RegisterSocketCalls(Napi::Env /*env*/, Napi::Object /*exports*/) {}

}  // namespace selectloop
