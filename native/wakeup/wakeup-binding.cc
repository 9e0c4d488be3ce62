#include "../rooms.h"

namespace selectloop {

void RegisterWakeups(Napi::Env /*env*/, Napi::Object /*exports*/) {}

}  // namespace selectloop
