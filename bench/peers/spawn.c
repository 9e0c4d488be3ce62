// Starts /bin/true COUNT times with posix_spawn and waits for each; prints the microseconds of each.

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static double NowUs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 300;
  char* const arguments[] = {"true", NULL};
  for (int i = -20; i < count; i++) {
    const double began = NowUs();
    pid_t pid;
    int status;
    if (posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ) != 0) return 1;
    if (waitpid(pid, &status, 0) != pid) return 1;
    if (i >= 0) printf("%f\n", NowUs() - began);
  }
  return 0;
}
