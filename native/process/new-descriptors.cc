// Opens the descriptors that lead from us to a child. See new-descriptors.h.

#include "new-descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "../descriptor.h"
#include "../result.h"

namespace selectloop {
namespace {

// The systems that have SOCK_CLOEXEC are those that have pipe2; macOS has neither.
#ifdef SOCK_CLOEXEC

int OpenBoth(int fds[2]) { return OrErrno(pipe2(fds, O_CLOEXEC)); }

#else

int OpenBoth(int fds[2]) {
  if (pipe(fds) < 0) return -errno;
  for (int i = 0; i < 2; i++) fcntl(fds[i], F_SETFD, FD_CLOEXEC);
  return 0;
}

#endif

}  // namespace

int AboveStdio(int fd) {
  if (fd < 0 || fd > 2) return fd;
  const int moved = OrErrno(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  close(fd);
  return moved;
}

int OpenPipe(int* reader, int* writer) {
  int fds[2] = {-1, -1};
  const int result = OpenBoth(fds);
  if (result < 0) return result;
  const int movedReader = AboveStdio(fds[0]);
  const int movedWriter = AboveStdio(fds[1]);
  if (movedReader >= 0 && movedWriter >= 0) {
    *reader = movedReader;
    *writer = movedWriter;
    return 0;
  }
  if (movedReader >= 0) close(movedReader);
  if (movedWriter >= 0) close(movedWriter);
  return movedReader < 0 ? movedReader : movedWriter;
}

int OpenChildPipe(int* reader, int* writer, bool weRead) {
  const int result = OpenPipe(reader, writer);
  return result < 0 ? result : SetNonblocking(weRead ? *reader : *writer, true);
}

int OpenNull() {
  return AboveStdio(RetryOnEintr([&] { return open("/dev/null", O_RDWR | O_CLOEXEC); }));
}

}  // namespace selectloop
