// macOS. The length goes in as how much, and comes out as how much it was, also beside an error.

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>

#include "sendfile.h"

namespace selectloop {

ssize_t SendFile(int socket, int file, off_t offset, size_t byteCount) {
  for (;;) {
    off_t length = static_cast<off_t>(byteCount);
    if (sendfile(file, socket, offset, &length, nullptr, 0) == 0 || length > 0) return length;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace selectloop
