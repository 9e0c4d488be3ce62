// From a file to a socket without a copy in between. One signature for three system calls of the same name:
// sendfile-linux.cc, sendfile-bsd.cc (FreeBSD), sendfile-macos.cc; sendfile-none.cc on systems without it.

#ifndef SELECTLOOP_SOCKET_SENDFILE_H_
#define SELECTLOOP_SOCKET_SENDFILE_H_

#include <sys/types.h>

#include <cstddef>

namespace selectloop {

// Sends up to `byteCount` (not 0) bytes of `file` from `offset` on. How many the socket took, 0 at the end of
// the file; -errno when it took none: -EAGAIN is a full socket, -ENOSYS a system without this call. The
// file's own position is neither used nor moved.
ssize_t SendFile(int socket, int file, off_t offset, size_t byteCount);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SENDFILE_H_
