// The numbers of resource limits.

#ifndef SELECTLOOP_PROCESS_LIMIT_CONSTANTS_H_
#define SELECTLOOP_PROCESS_LIMIT_CONSTANTS_H_

#include <napi.h>

namespace selectloop {

// Adds RLIMIT_..., those that this system has.
void AddLimitConstants(Napi::Object constants);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_LIMIT_CONSTANTS_H_
