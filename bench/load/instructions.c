#define _GNU_SOURCE
#include "instructions.h"

#include <stdio.h>

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kMaxThreads = 256 };

static int counters[kMaxThreads];
static int count;

static int OpenCounter(int thread) {
  struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                 .size = sizeof attr,
                                 .config = PERF_COUNT_HW_INSTRUCTIONS,
                                 .inherit = 1,
                                 .exclude_hv = 1};
  return (int)syscall(SYS_perf_event_open, &attr, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

int TellCounters(void) {
  int fd = OpenCounter(0);
  printf("%s\n", fd >= 0 ? "counted" : strerror(errno));
  return fd >= 0 ? 0 : 1;
}

void InstructionsOpen(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR* threads = opendir(path);
  if (threads == NULL) return;
  for (struct dirent* entry = readdir(threads); entry != NULL && count < kMaxThreads; entry = readdir(threads)) {
    if (entry->d_name[0] == '.') continue;
    int fd = OpenCounter(atoi(entry->d_name));
    if (fd >= 0) counters[count++] = fd;
  }
  closedir(threads);
}

long long Instructions(void) {
  long long sum = 0;
  for (int i = 0; i < count; i++) {
    long long one = 0;
    if (read(counters[i], &one, sizeof one) == sizeof one) sum += one;
  }
  return sum;
}

#else

int TellCounters(void) {
  printf("only asked on Linux\n");
  return 1;
}

void InstructionsOpen(int pid) { (void)pid; }

long long Instructions(void) { return 0; }

#endif
