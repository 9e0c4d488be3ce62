// The life of a new process between its beginning and execve. It runs in memory that is shared with, or
// copied from, a process whose other threads may hold any lock: so it calls async-signal-safe functions only,
// and allocates nothing.

#ifndef SELECTLOOP_PROCESS_CHILD_H_
#define SELECTLOOP_PROCESS_CHILD_H_

#include <signal.h>

#include <cstddef>

#include "spawn-request.h"

namespace selectloop {

// What the child was doing when it failed. The names are in src/subprocess/spawn-error.ts.
enum SpawnStep : int {
  kStepParent = 0,  // in our own process: a pipe, a terminal, fork
  kStepDescriptors = 1,
  kStepDirectory = 2,
  kStepSession = 3,
  kStepProcessGroup = 4,
  kStepTerminal = 5,
  kStepLimits = 6,
  kStepGroups = 7,
  kStepGroup = 8,
  kStepUser = 9,
  kStepExecute = 10,
};

// What the child writes to the pipe of errors. A child that reaches its program writes nothing: the pipe is
// closed by execve.
struct SpawnFailure {
  int step;
  int error;
};

// Everything the child needs, made by its parent before it exists.
struct ChildPlan {
  const SpawnRequest* request = nullptr;
  // What becomes descriptors 0, 1 and 2; -1 leaves one as it is.
  int stdio[3] = {-1, -1, -1};
  // Where SpawnFailure is written; above 2.
  int errorFd = -1;
  // All descriptors above 2 that are not to be closed, `errorFd` among them: ascending, each once.
  const int* kept = nullptr;
  size_t keptCount = 0;
  // In force again when the program starts.
  sigset_t signalMask;
};

// Never returns. All signals must be blocked.
[[noreturn]] void RunChild(const ChildPlan& plan);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_CHILD_H_
