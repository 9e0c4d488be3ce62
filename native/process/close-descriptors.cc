// Closes the descriptors of a child. close_range(2) does it in one call for each gap between those that are
// kept (Linux 5.9, FreeBSD 13); where it is missing, or a sandbox forbids it, one after the other up to the
// highest number that may be open.

#include "close-descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace selectloop {
namespace {

#ifdef __linux__

// The same number on every architecture of Linux that Node runs on. glibc has a function for it since 2.34
// only.
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

bool CloseRange(unsigned first, unsigned last) { return syscall(SYS_close_range, first, last, 0u) == 0; }

// An entry of getdents64(2). The C library has no function for it that is safe here: opendir allocates.
struct DirectoryEntry {
  unsigned long long inode;
  long long offset;
  unsigned short size;
  unsigned char type;
  char name[1];
};

// The highest open descriptor, from /proc; -1 where that is not mounted.
int HighestOpen() {
  const int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -1;
  int highest = -1;
  alignas(DirectoryEntry) char buffer[4096];
  for (;;) {
    const long size = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
      int number = 0;
      for (const char* digit = entry->name; *digit >= '0' && *digit <= '9'; digit++) {
        number = number * 10 + (*digit - '0');
      }
      highest = std::max(highest, number);
      at += entry->size;
    }
  }
  close(directory);
  return highest;
}

#elif defined(__FreeBSD__)

bool CloseRange(unsigned first, unsigned last) { return close_range(first, last, 0) == 0; }

int HighestOpen() { return -1; }

#else

bool CloseRange(unsigned, unsigned) { return false; }

int HighestOpen() { return -1; }

#endif

// Ends: limits of a million are common, and each number costs a call.
void CloseEach(int first, int last, int highest) {
  for (int fd = first; fd <= std::min(last, highest); fd++) close(fd);
}

int HighestPossible() {
  const int highest = HighestOpen();
  if (highest >= 0) return highest;
  const long limit = sysconf(_SC_OPEN_MAX);
  return limit < 0 || limit > INT_MAX ? INT_MAX - 1 : static_cast<int>(limit);
}

}  // namespace

void CloseAllBut(const int* kept, size_t count) {
  int first = 3;
  int highest = -1;
  for (size_t i = 0; i <= count; i++) {
    const int last = i < count ? kept[i] - 1 : INT_MAX;
    if (first <= last && !CloseRange(static_cast<unsigned>(first), static_cast<unsigned>(last))) {
      if (highest < 0) highest = HighestPossible();
      CloseEach(first, last, highest);
    }
    if (i < count) first = kept[i] + 1;
  }
}

}  // namespace selectloop
