// Pseudo-terminals by posix_openpt(3) and its kin. See terminal.h.

#include "terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "../descriptor.h"
#include "../result.h"
#include "new-descriptors.h"

namespace selectloop {
namespace {

#if defined(__linux__) && !defined(TIOCGPTPEER)
#define TIOCGPTPEER _IO('T', 0x41)
#endif

// Close-on-exec at once where the system takes it, so that no program inherits the master that another thread
// starts meanwhile. POSIX has it since 2024, and macOS may refuse it.
#if defined(__linux__) || defined(__FreeBSD__)
constexpr int kMasterFlags = O_RDWR | O_NOCTTY | O_CLOEXEC;
#else
constexpr int kMasterFlags = O_RDWR | O_NOCTTY;
#endif

int OpenByName(int master) {
#if defined(__linux__) || defined(__APPLE__)
  char name[128];
  const int error = ptsname_r(master, name, sizeof name);
  if (error != 0) return error > 0 ? -error : -errno;
#else
  // Not safe beside other threads that call it; these systems have nothing else in common.
  const char* const name = ptsname(master);
  if (name == nullptr) return -errno;
#endif
  return OrErrno(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

int OpenChilds(int master) {
#ifdef TIOCGPTPEER
  // Also where /dev/pts is not the one that the terminal belongs to. Linux 4.13.
  const int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0) return fd;
#endif
  return OpenByName(master);
}

int Prepare(int master, int rows, int columns, int* childs) {
  if (grantpt(master) != 0 || unlockpt(master) != 0) return -errno;
  const int resized = ResizeTerminal(master, rows, columns);
#ifdef __APPLE__
  // There a master has no size before the child's side is open.
  static_cast<void>(resized);
#else
  if (resized < 0) return resized;
#endif
  *childs = AboveStdio(OpenChilds(master));
  if (*childs < 0) return *childs;
  const int again = ResizeTerminal(*childs, rows, columns);
  if (again < 0) close(*childs);
  return again;
}

}  // namespace

int ResizeTerminal(int fd, int rows, int columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return OrErrno(ioctl(fd, TIOCSWINSZ, &size));
}

int OpenTerminal(int rows, int columns, int* master, int* childs) {
  const int opened = AboveStdio(OrErrno(posix_openpt(kMasterFlags)));
  if (opened < 0) return opened;
  const int ready = FinishNewDescriptor(opened);
  if (ready < 0) return ready;
  const int result = Prepare(ready, rows, columns, childs);
  if (result < 0) {
    close(ready);
    *childs = -1;
    return result;
  }
  *master = ready;
  return 0;
}

}  // namespace selectloop
