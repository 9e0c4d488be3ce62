// What a child does before it is its program. The order is that of CPython's child_exec(): what needs rights
// is done before the rights are given up, and the descriptors are closed last.
//
// SIGNALS. They are blocked when the child begins. Handlers are replaced by the default before that ends: a
// handler of ours would write into a pipe that this child shares with its parent, and run in its parent's
// memory. Ignored signals stay ignored, as POSIX has it (nohup relies on that), but for those that Node
// itself ignores.

#include "child.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#include "close-descriptors.h"

namespace selectloop {
namespace {

#ifdef __linux__
using GroupCount = size_t;
#else
using GroupCount = int;
#endif

// Writes what went wrong, and ends.
[[noreturn]] void Fail(const ChildPlan& plan, SpawnStep step, int error) {
  const SpawnFailure failure = {step, error};
  // Less than PIPE_BUF into an empty pipe: whole, or not at all when the parent is gone.
  const ssize_t ignored = write(plan.errorFd, &failure, sizeof failure);
  static_cast<void>(ignored);
  _exit(127);
}

void Check(const ChildPlan& plan, SpawnStep step, bool succeeded) {
  if (!succeeded) Fail(plan, step, errno);
}

void ResetHandlers(bool restoreSignals) {
  struct sigaction fresh = {};
  fresh.sa_handler = SIG_DFL;
  for (int signum = 1; signum < NSIG; signum++) {
    struct sigaction current;
    if (sigaction(signum, nullptr, &current) != 0) continue;
    const bool hasHandler = (current.sa_flags & SA_SIGINFO) != 0 ||
                            (current.sa_handler != SIG_DFL && current.sa_handler != SIG_IGN);
    if (hasHandler) sigaction(signum, &fresh, nullptr);
  }
  if (!restoreSignals) return;
  for (const int signum : {
           SIGPIPE,
#ifdef SIGXFSZ
           SIGXFSZ,
#endif
#ifdef SIGXFZ
           SIGXFZ,
#endif
       })
    sigaction(signum, &fresh, nullptr);
}

void KeepOpen(const ChildPlan& plan, int fd) {
  const int flags = fcntl(fd, F_GETFD);
  Check(plan, kStepDescriptors, flags >= 0);
  if ((flags & FD_CLOEXEC) == 0) return;
  Check(plan, kStepDescriptors, fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) == 0);
}

// What is inherited has to survive exec too: Node makes its own 0, 1 and 2 close-on-exec when it starts
// (uv_disable_stdio_inheritance). One that is closed in the parent stays closed here, as in CPython.
void Inherit(const ChildPlan& plan, int fd) {
  if (fcntl(fd, F_GETFD) >= 0) KeepOpen(plan, fd);
}

void PlaceStdio(const ChildPlan& plan) {
  int from[3];
  for (int target = 0; target < 3; target++) {
    from[target] = plan.stdio[target];
    // Out of the way of those that are placed before its turn comes.
    if (from[target] >= 0 && from[target] < 3 && from[target] != target) {
      from[target] = fcntl(from[target], F_DUPFD_CLOEXEC, 3);
      Check(plan, kStepDescriptors, from[target] >= 0);
    }
  }
  for (int target = 0; target < 3; target++) {
    if (from[target] < 0) {
      Inherit(plan, target);
    } else if (from[target] == target) {
      KeepOpen(plan, target);
    } else {
      Check(plan, kStepDescriptors, dup2(from[target], target) >= 0);
    }
  }
}

void TakeIdentity(const ChildPlan& plan) {
  const SpawnRequest& request = *plan.request;
  for (const ResourceLimit& limit : request.limits) {
    // The type of the first parameter is an enum with glibc, an int elsewhere.
    Check(plan, kStepLimits,
          setrlimit(static_cast<decltype(RLIMIT_CORE)>(limit.resource), &limit.value) == 0);
  }
  if (request.Has(kHasGroups)) {
    const auto count = static_cast<GroupCount>(request.groups.size());
    Check(plan, kStepGroups, setgroups(count, request.groups.data()) == 0);
  }
  if (request.Has(kHasGroup)) Check(plan, kStepGroup, setregid(request.group, request.group) == 0);
  if (request.Has(kHasUser)) Check(plan, kStepUser, setreuid(request.user, request.user) == 0);
}

void TakePlace(const ChildPlan& plan) {
  const SpawnRequest& request = *plan.request;
  if (request.Has(kHasDirectory)) Check(plan, kStepDirectory, chdir(request.directory) == 0);
  if (request.umask >= 0) umask(static_cast<mode_t>(request.umask));
  ResetHandlers(request.Has(kRestoreSignals));
  if (request.Has(kNewSession) || request.Has(kTerminal)) Check(plan, kStepSession, setsid() >= 0);
  if (request.processGroup >= 0) Check(plan, kStepProcessGroup, setpgid(0, request.processGroup) == 0);
  if (!request.Has(kTerminal)) return;
  for (int fd = 0; fd < 3; fd++) {
    if (request.stdio[fd] != kTerminalStdio) continue;
    Check(plan, kStepTerminal, ioctl(fd, TIOCSCTTY, 0) == 0);
    return;
  }
}

// Each executable in turn. As in CPython, an error other than "there is none" is worth more than a later
// "none".
[[noreturn]] void Execute(const ChildPlan& plan) {
  const SpawnRequest& request = *plan.request;
  int refusal = 0;
  for (char* executable : request.executables) {
    execve(executable, request.arguments.data(), request.environment.data());
    if (errno != ENOENT && errno != ENOTDIR && refusal == 0) refusal = errno;
  }
  Fail(plan, kStepExecute, refusal != 0 ? refusal : errno);
}

}  // namespace

void RunChild(const ChildPlan& plan) {
  PlaceStdio(plan);
  for (const int fd : plan.request->passed) {
    // It was closed on another thread just now: kept open, our pipe would have the parent wait for our end.
    if (fd == plan.errorFd) Fail(plan, kStepDescriptors, EBADF);
    KeepOpen(plan, fd);
  }
  TakePlace(plan);
  TakeIdentity(plan);
  CloseAllBut(plan.kept, plan.keptCount);
  sigprocmask(SIG_SETMASK, &plan.signalMask, nullptr);
  Execute(plan);
}

}  // namespace selectloop
