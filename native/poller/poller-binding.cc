#include "../rooms.h"

namespace selectloop {

void RegisterPollers(Napi::Env /*env*/, Napi::Object /*exports*/) {}

}  // namespace selectloop
