// The end of a child by pidfd_open(2), Linux 5.3.

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "exit-watch.h"

namespace selectloop {

// The same number on every architecture of Linux that Node runs on. glibc has a function for it since 2.36
// only.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int WatchExit(pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  // No room for one more descriptor: the pipe of a thread would find none either.
  if (fd >= 0 || errno == EMFILE || errno == ENFILE) return fd >= 0 ? fd : -errno;
  return WatchExitByThread(pid);
}

}  // namespace selectloop
