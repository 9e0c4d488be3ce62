// Starts a program. See spawn.h for how.

#include "spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../result.h"
#include "child.h"
#include "exit-watch.h"
#include "new-descriptors.h"
#include "terminal.h"

namespace selectloop {
namespace {

// macOS calls vfork deprecated in favour of posix_spawn, which can set neither limits nor a umask.
#ifdef __APPLE__
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#endif

// A frame of its own, without variables: vfork's child runs on this stack, and whatever it changes here its
// parent would find changed.
__attribute__((noinline)) pid_t StartSharing(const ChildPlan& plan) {
  const pid_t pid = vfork();
  if (pid == 0) RunChild(plan);
  return pid;
}

__attribute__((noinline)) pid_t StartCopying(const ChildPlan& plan) {
  const pid_t pid = fork();
  if (pid == 0) RunChild(plan);
  return pid;
}

bool ChangesIdentity(const SpawnRequest& request) {
  return request.Has(kHasUser) || request.Has(kHasGroup) || request.Has(kHasGroups);
}

// The child's process number, or -errno.
pid_t StartChild(ChildPlan* plan) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &plan->signalMask);
  const pid_t pid = OrErrno(ChangesIdentity(*plan->request) ? StartCopying(*plan) : StartSharing(*plan));
  pthread_sigmask(SIG_SETMASK, &plan->signalMask, nullptr);
  return pid;
}

// The descriptors of one spawn. Those of the child are closed when it has its copies; ours too, unless they
// are taken.
class Descriptors {
 public:
  // Makes what `request` wants of descriptors 0, 1 and 2. 0 or -errno.
  int Open(const SpawnRequest& request, ChildPlan* plan) {
    if (request.Has(kTerminal)) {
      const int result = OpenTerminal(request.rows, request.columns, &ours_[3], &childs_[3]);
      if (result < 0) return result;
    }
    for (int fd = 0; fd < 3; fd++) {
      const int result = OpenOne(request, fd, plan);
      if (result < 0) return result;
    }
    const int result = OpenPipe(&errorReader_, &errorWriter_);
    plan->errorFd = errorWriter_;
    return result;
  }

  // What the child failed with; false when it has its program, or has been killed before.
  bool ReadFailure(SpawnFailure* failure) {
    const ssize_t size = RetryOnEintr([&] { return read(errorReader_, failure, sizeof *failure); });
    CloseIfOpen(&errorReader_);
    return size == static_cast<ssize_t>(sizeof *failure);
  }

  void CloseChilds() {
    for (int& fd : childs_) CloseIfOpen(&fd);
    CloseIfOpen(&errorWriter_);
  }

  void TakeOurs(Spawned* spawned) {
    for (int fd = 0; fd < 3; fd++) std::swap(spawned->pipes[fd], ours_[fd]);
    std::swap(spawned->terminal, ours_[3]);
  }

  ~Descriptors() {
    CloseChilds();
    for (int& fd : ours_) CloseIfOpen(&fd);
    CloseIfOpen(&errorReader_);
  }

  Descriptors() = default;
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

 private:
  int OpenOne(const SpawnRequest& request, int fd, ChildPlan* plan) {
    int result = 0;
    switch (request.stdio[fd]) {
      case kInherit:
        return 0;
      case kPipe:
        // Descriptor 0 is what the child reads from.
        result = fd == 0 ? OpenChildPipe(&childs_[0], &ours_[0], false)
                         : OpenChildPipe(&ours_[fd], &childs_[fd], true);
        plan->stdio[fd] = childs_[fd];
        return result;
      case kNull:
        childs_[fd] = OpenNull();
        plan->stdio[fd] = childs_[fd];
        return std::min(childs_[fd], 0);
      case kSameAsOutput:
        plan->stdio[fd] = plan->stdio[1] < 0 ? 1 : plan->stdio[1];
        return 0;
      case kTerminalStdio:
        plan->stdio[fd] = childs_[3];
        return 0;
      default:
        plan->stdio[fd] = request.stdio[fd];
        return 0;
    }
  }

  static void CloseIfOpen(int* fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }

  // The last ones are the terminal's.
  int ours_[4] = {-1, -1, -1, -1};
  int childs_[4] = {-1, -1, -1, -1};
  int errorReader_ = -1;
  int errorWriter_ = -1;
};

// Whether the child can be given what it is to have. 0 or -errno. Asked before anything of ours is open: a
// pipe would get the number of a descriptor that is not.
int CheckGiven(const SpawnRequest& request) {
  for (const int fd : request.stdio) {
    if (fd >= 0 && fcntl(fd, F_GETFD) < 0) return -errno;
  }
  for (const int fd : request.passed) {
    // The first three of the child may come from elsewhere.
    if (fd > 2 && fcntl(fd, F_GETFD) < 0) return -errno;
  }
  return 0;
}

std::vector<int> KeptDescriptors(const SpawnRequest& request, int errorFd) {
  std::vector<int> kept = request.passed;
  kept.push_back(errorFd);
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  kept.erase(kept.begin(), std::upper_bound(kept.begin(), kept.end(), 2));
  return kept;
}

void EndAndReap(pid_t pid) {
  kill(pid, SIGKILL);
  RetryOnEintr([&] { return waitpid(pid, nullptr, 0); });
}

}  // namespace

int Spawn(const SpawnRequest& request, Spawned* spawned) {
  ChildPlan plan;
  Descriptors descriptors;
  plan.request = &request;
  const int given = CheckGiven(request);
  if (given < 0) {
    spawned->step = kStepDescriptors;
    return given;
  }
  const int opened = descriptors.Open(request, &plan);
  if (opened < 0) return opened;
  const std::vector<int> kept = KeptDescriptors(request, plan.errorFd);
  plan.kept = kept.data();
  plan.keptCount = kept.size();
  const pid_t pid = StartChild(&plan);
  if (pid < 0) return pid;
  descriptors.CloseChilds();
  SpawnFailure failure;
  if (descriptors.ReadFailure(&failure)) {
    EndAndReap(pid);
    spawned->step = failure.step;
    return -failure.error;
  }
  // There is room for this: at least three descriptors have just been closed.
  const int exitFd = AboveStdio(request.Has(kWatchByThread) ? WatchExitByThread(pid) : WatchExit(pid));
  if (exitFd < 0) {
    EndAndReap(pid);
    return exitFd;
  }
  spawned->pid = pid;
  spawned->exitFd = exitFd;
  descriptors.TakeOurs(spawned);
  return 0;
}

}  // namespace selectloop
