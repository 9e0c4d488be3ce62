#include <sys/sendfile.h>

#include <cerrno>

#include "../result.h"
#include "sendfile.h"

namespace selectloop {

ssize_t SendFile(int socket, int file, off_t offset, size_t byteCount) {
  return RetryOnEintr([&] {
    off_t position = offset;
    return sendfile(socket, file, &position, byteCount);
  });
}

}  // namespace selectloop
