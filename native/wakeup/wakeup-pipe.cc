// A wake-up's descriptors over pipe(2): systems without eventfd.

#include <unistd.h>

#include "../descriptor.h"
#include "../result.h"
#include "wakeup.h"

namespace selectloop {

int OpenWakeupFds(int* readFd, int* writeFd) {
  int ends[2];
  const int result = OpenPipe(ends);
  if (result < 0) return result;
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
