#include "../rooms.h"

namespace selectloop {

void RegisterSignals(Napi::Env /*env*/, Napi::Object /*exports*/) {}

}  // namespace selectloop
