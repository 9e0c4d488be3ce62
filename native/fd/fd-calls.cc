#include "../rooms.h"

namespace selectloop {

void RegisterFdCalls(Napi::Env /*env*/, Napi::Object /*exports*/) {}

}  // namespace selectloop
