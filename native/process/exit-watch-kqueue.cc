// The end of a child by a kqueue that watches nothing else. kqueue(2): "a kqueue descriptor is readable when
// it has events pending". A child that has ended before it could be watched is ESRCH on some systems; the
// thread then finds it at once.

#include <sys/types.h>
// After sys/types.h, which it needs on some of the BSDs.
#include <sys/event.h>
#include <unistd.h>

#include <cerrno>

#include "../descriptor.h"
#include "exit-watch.h"

namespace selectloop {

int WatchExit(pid_t pid) {
  const int queue = kqueue();
  if (queue < 0) return -errno;
  // Close-on-exec and no more: F_SETFL on a kqueue is ENOTTY on macOS and FreeBSD, and nobody reads from one.
  const int fd = CloseOnExec(queue);
  if (fd < 0) return fd;
  struct kevent change;
  EV_SET(&change, static_cast<uintptr_t>(pid), EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, 0);
  if (kevent(fd, &change, 1, nullptr, 0, nullptr) == 0) return fd;
  close(fd);
  return WatchExitByThread(pid);
}

}  // namespace selectloop
