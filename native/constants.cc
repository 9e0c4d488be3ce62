#include "rooms.h"

namespace selectloop {

void RegisterConstants(Napi::Env /*env*/, Napi::Object /*exports*/) {}

}  // namespace selectloop
