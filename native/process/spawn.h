// Starts a program.
//
// THE PARENT'S MEMORY IS NOT COPIED. vfork(2) lends it to the child and suspends the calling thread until the
// child has its program: the cost does not grow with what the parent holds. fork(2) is taken only where the
// child changes its user or groups: while the memory is shared, the less privileged child could be made to
// write to that of its privileged parent.
//
// SIGNALS are blocked in the calling thread from before the child exists until after vfork has returned, so
// the child begins with all of them blocked; see child.cc.
//
// ERRORS of the child come back through a pipe that execve closes, and the child that failed is reaped before
// Spawn returns. A pipe and not the shared memory: it works with fork too, and where a sanitizer makes a fork
// of vfork.

#ifndef SELECTLOOP_PROCESS_SPAWN_H_
#define SELECTLOOP_PROCESS_SPAWN_H_

#include <sys/types.h>

#include "spawn-request.h"

namespace selectloop {

struct Spawned {
  pid_t pid = -1;
  // Readable when the process has ended.
  int exitFd = -1;
  // Our ends of the pipes to descriptors 0, 1 and 2; -1 for a descriptor without a pipe.
  int pipes[3] = {-1, -1, -1};
  // Our side of the terminal, or -1.
  int terminal = -1;
  // After a failure: what was being done, a SpawnStep.
  int step = 0;
};

// 0, or -errno, and then nothing is left behind.
int Spawn(const SpawnRequest& request, Spawned* spawned);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_SPAWN_H_
