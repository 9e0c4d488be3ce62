#include "limit-constants.h"

#include <sys/resource.h>

namespace selectloop {

void AddLimitConstants(Napi::Object constants) {
  const auto add = [&](const char* name, int value) { constants.Set(name, static_cast<double>(value)); };
  add("RLIMIT_CORE", RLIMIT_CORE);
  add("RLIMIT_CPU", RLIMIT_CPU);
  add("RLIMIT_DATA", RLIMIT_DATA);
  add("RLIMIT_FSIZE", RLIMIT_FSIZE);
  add("RLIMIT_NOFILE", RLIMIT_NOFILE);
  add("RLIMIT_STACK", RLIMIT_STACK);
#ifdef RLIMIT_AS
  add("RLIMIT_AS", RLIMIT_AS);
#endif
#ifdef RLIMIT_MEMLOCK
  add("RLIMIT_MEMLOCK", RLIMIT_MEMLOCK);
#endif
#ifdef RLIMIT_NPROC
  add("RLIMIT_NPROC", RLIMIT_NPROC);
#endif
#ifdef RLIMIT_RSS
  add("RLIMIT_RSS", RLIMIT_RSS);
#endif
}

}  // namespace selectloop
