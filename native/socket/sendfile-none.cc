// OpenBSD and NetBSD.

#include <cerrno>

#include "sendfile.h"

namespace selectloop {

ssize_t SendFile(int /*socket*/, int /*file*/, off_t /*offset*/, size_t /*byteCount*/) { return -ENOSYS; }

}  // namespace selectloop
