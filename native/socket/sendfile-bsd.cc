// FreeBSD. A full socket or a signal is an error there even when something was sent, and the count says how
// much.

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>

#include "sendfile.h"

namespace selectloop {

ssize_t SendFile(int socket, int file, off_t offset, size_t byteCount) {
  for (;;) {
    off_t sent = 0;
    if (sendfile(file, socket, offset, byteCount, nullptr, &sent, 0) == 0 || sent > 0) return sent;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace selectloop
