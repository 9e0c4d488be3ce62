// A wake-up's descriptors over eventfd(2): Linux. Reading and writing end are the same descriptor.

#include <sys/eventfd.h>
#include <unistd.h>

#include "../result.h"
#include "wakeup.h"

namespace selectloop {

int OpenWakeupFds(int* readFd, int* writeFd) {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return -errno;
  *readFd = fd;
  *writeFd = fd;
  return 0;
}

int WriteWakeupFd(int writeFd) {
  const uint64_t one = 1;
  const ssize_t result = RetryOnEintr([&] { return write(writeFd, &one, sizeof one); });
  // EAGAIN: the counter is full, so the descriptor is readable, which is all we want.
  return result >= 0 || result == -EAGAIN ? 0 : static_cast<int>(result);
}

int DrainWakeupFd(int readFd) {
  uint64_t count = 0;
  const ssize_t result = RetryOnEintr([&] { return read(readFd, &count, sizeof count); });
  return result >= 0 || result == -EAGAIN ? 0 : static_cast<int>(result);
}

void CloseWakeupFds(int readFd, int /*writeFd*/) { close(readFd); }

}  // namespace selectloop
