// A wake-up's descriptors over pipe(2): systems without eventfd.

#include <fcntl.h>
#include <unistd.h>

#include "../result.h"
#include "wakeup.h"

namespace selectloop {
namespace {

// Not pipe2: macOS has none. A child forked by another thread between pipe and fcntl would inherit the ends;
// libuv, which starts Node's children, closes what it did not pass on there.
int PrepareEnd(int fd) {
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -errno;
  return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

}  // namespace

int OpenWakeupFds(int* readFd, int* writeFd) {
  int ends[2];
  if (pipe(ends) != 0) return -errno;
  for (const int end : ends) {
    const int result = PrepareEnd(end);
    if (result == 0) continue;
    CloseWakeupFds(ends[0], ends[1]);
    return result;
  }
  *readFd = ends[0];
  *writeFd = ends[1];
  return 0;
}

int WriteWakeupFd(int writeFd) {
  const char byte = 1;
  const ssize_t result = RetryOnEintr([&] { return write(writeFd, &byte, sizeof byte); });
  // EAGAIN: the pipe is full, so the other end is readable, which is all we want.
  return result >= 0 || result == -EAGAIN ? 0 : static_cast<int>(result);
}

int DrainWakeupFd(int readFd) {
  // Wakes coalesce, so there is a byte or two; the loop is for those that raced with earlier drains.
  char bytes[64];
  ssize_t result = 0;
  do {
    result = RetryOnEintr([&] { return read(readFd, bytes, sizeof bytes); });
  } while (result == static_cast<ssize_t>(sizeof bytes));
  return result >= 0 || result == -EAGAIN ? 0 : static_cast<int>(result);
}

void CloseWakeupFds(int readFd, int writeFd) {
  close(readFd);
  close(writeFd);
}

}  // namespace selectloop
