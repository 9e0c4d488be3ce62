// What is behind address-record.h, and what else only the code that knows struct sockaddr_* can tell.

#ifndef SELECTLOOP_SOCKET_SOCKADDR_H_
#define SELECTLOOP_SOCKET_SOCKADDR_H_

#include "../address-record.h"

namespace selectloop {

// sizeof(sun_path).
size_t UnixPathBytesMax();

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SOCKADDR_H_
