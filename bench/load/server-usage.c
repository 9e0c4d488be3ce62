#define _GNU_SOURCE
#include "server-usage.h"

#include <stdio.h>
#include <sys/types.h>
#include <time.h>
#ifdef __APPLE__
#include <libproc.h>
#include <mach/mach_time.h>
#endif

double ServerCpuSeconds(int pid) {
#ifdef __APPLE__
  struct rusage_info_v2 usage;
  mach_timebase_info_data_t base;
  if (proc_pid_rusage(pid, RUSAGE_INFO_V2, (rusage_info_t*)&usage) != 0) return -1;
  mach_timebase_info(&base);
  // The kernel counts in ticks of the absolute clock, which are not nanoseconds on Apple's own processors.
  return (double)(usage.ri_user_time + usage.ri_system_time) * base.numer / base.denom / 1e9;
#else
  // A process's CPU clock counts in nanoseconds what it ran, where /proc/PID/stat counts ticks of 10 ms.
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return -1;
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
#endif
}

long long ServerResidentBytes(int pid) {
  char command[64];
  snprintf(command, sizeof command, "ps -o rss= -p %d", pid);
  FILE* ps = popen(command, "r");
  if (ps == NULL) return -1;
  long long kilobytes = -1;
  if (fscanf(ps, "%lld", &kilobytes) != 1) kilobytes = -1;
  pclose(ps);
  return kilobytes < 0 ? -1 : kilobytes * 1024;
}
