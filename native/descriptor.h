// What every new descriptor of ours must be, on systems where the call that makes it cannot say so: macOS has
// no accept4, no pipe2 and no SOCK_CLOEXEC. There, a program that another thread starts between the two calls
// inherits the descriptor; nothing in that system's interface prevents it.

#ifndef SELECTLOOP_DESCRIPTOR_H_
#define SELECTLOOP_DESCRIPTOR_H_

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace selectloop {

// Makes `fd` non-blocking or blocking: a property of the open file, shared with all its duplicates. 0 or
// -errno.
inline int SetNonblocking(int fd, bool nonblocking) {
  const int before = fcntl(fd, F_GETFL);
  if (before < 0) return -errno;
  const int after = nonblocking ? before | O_NONBLOCK : before & ~O_NONBLOCK;
  if (after != before && fcntl(fd, F_SETFL, after) < 0) return -errno;
  return 0;
}

// Makes `fd`, which the caller has just been given, close-on-exec. Answers `fd`, or closes it and answers
// -errno.
inline int CloseOnExec(int fd) {
  const int error = fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
  if (error == 0) return fd;
  close(fd);
  return error;
}

// The same, and non-blocking.
inline int FinishNewDescriptor(int fd) {
  const int marked = CloseOnExec(fd);
  if (marked < 0) return marked;
  const int error = SetNonblocking(fd, true);
  if (error == 0) return fd;
  close(fd);
  return error;
}

// A new pipe, reading end first. 0 or -errno.
inline int OpenPipe(int fds[2]) {
// The systems that have SOCK_CLOEXEC are those that have pipe2.
#ifdef SOCK_CLOEXEC
  return pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
#else
  if (pipe(fds) < 0) return -errno;
  const int reader = FinishNewDescriptor(fds[0]);
  const int writer = FinishNewDescriptor(fds[1]);
  if (reader >= 0 && writer >= 0) return 0;
  if (reader >= 0) close(reader);
  if (writer >= 0) close(writer);
  return reader < 0 ? reader : writer;
#endif
}

}  // namespace selectloop

#endif  // SELECTLOOP_DESCRIPTOR_H_
