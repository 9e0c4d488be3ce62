// What no poller may watch, decided here for the backends whose system call would accept it. epoll refuses by
// itself.

#ifndef SELECTLOOP_POLLER_POLLABLE_H_
#define SELECTLOOP_POLLER_POLLABLE_H_

#include <sys/stat.h>

#include <cerrno>

namespace selectloop {

// 0 when `fd` may be polled, -EPERM for regular files, directories and block devices, -EBADF when it is not
// open.
inline int CheckPollable(int fd) {
  struct stat status = {};
  if (fstat(fd, &status) != 0) return -errno;
  const bool alwaysReady = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode);
  return alwaysReady ? -EPERM : 0;
}

}  // namespace selectloop

#endif  // SELECTLOOP_POLLER_POLLABLE_H_
