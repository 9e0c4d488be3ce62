// The one place that knows which backends this build has: binding.gyp adds a backend's file and its define
// together.

#include "poller.h"

namespace selectloop {

const std::vector<Backend>& Backends() {
  static const std::vector<Backend> backends = {
#ifdef SELECTLOOP_EPOLL
      {"epoll", OpenEpoll},
#endif
#ifdef SELECTLOOP_KQUEUE
      {"kqueue", OpenKqueue},
#endif
      {"poll", OpenPoll},
  };
  return backends;
}

}  // namespace selectloop
