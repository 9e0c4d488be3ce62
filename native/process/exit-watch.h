// A child's end as a readable descriptor.
//
// The poller knows descriptors only (docs/decisions/0002). A pidfd is one that is readable when its process
// has ended (Linux 5.3); a kqueue with a single event of EVFILT_PROC is another. Where there is neither, a
// thread waits for the child and closes the writing end of a pipe. None of them reaps: the child stays a
// zombie, and its number its own, until waitpid(pid) by the environment that started it.

#ifndef SELECTLOOP_PROCESS_EXIT_WATCH_H_
#define SELECTLOOP_PROCESS_EXIT_WATCH_H_

#include <sys/types.h>

#include <vector>

namespace selectloop {

// A close-on-exec descriptor that is readable once our child `pid` has ended, or -errno.
int WatchExit(pid_t pid);

// The same by a thread: the fallback of WatchExit.
int WatchExitByThread(pid_t pid);

// Reaps children that have been killed, on a thread of its own if they need time to end.
void ReapKilled(std::vector<pid_t> pids);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_EXIT_WATCH_H_
