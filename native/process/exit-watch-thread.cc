// Learns of the end of a child by a thread that waits for it. PROCESS-WIDE, like the threads of names/: a
// thread inside waitid(2) cannot be stopped, so these belong to no environment. Each child has one, which
// ends with it.
//
// The thread owns nothing but the writing end of a pipe. Closing it is the message, so it does not
// matter whether the other end is still open, and nothing is shared with it.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "../descriptor.h"
#include "../detached-thread.h"
#include "../result.h"
#include "exit-watch.h"
#include "new-descriptors.h"

namespace selectloop {
namespace {

// Room for waitid and nothing else.
constexpr size_t kStackBytes = 128 * 1024;

struct Watch {
  pid_t pid;
  int writeFd;
};

void* WaitForEnd(void* data) {
  const std::unique_ptr<Watch> watch(static_cast<Watch*>(data));
  siginfo_t info;
  RetryOnEintr([&] { return waitid(P_PID, static_cast<id_t>(watch->pid), &info, WEXITED | WNOWAIT); });
  close(watch->writeFd);
  return nullptr;
}

void* ReapEach(void* data) {
  const std::unique_ptr<std::vector<pid_t>> pids(static_cast<std::vector<pid_t>*>(data));
  for (const pid_t pid : *pids) RetryOnEintr([&] { return waitpid(pid, nullptr, 0); });
  return nullptr;
}

}  // namespace

int WatchExitByThread(pid_t pid) {
  int reader = -1;
  int writer = -1;
  const int opened = OpenChildPipe(&reader, &writer, true);
  if (opened < 0) return opened;
  auto watch = std::make_unique<Watch>(Watch{pid, writer});
  if (StartDetachedThread(kStackBytes, WaitForEnd, watch.get()) < 0) {
    close(reader);
    close(writer);
    return -EAGAIN;
  }
  static_cast<void>(watch.release());
  return reader;
}

void ReapKilled(std::vector<pid_t> pids) {
  auto left = std::make_unique<std::vector<pid_t>>();
  for (const pid_t pid : pids) {
    if (waitpid(pid, nullptr, WNOHANG) == 0) left->push_back(pid);
  }
  if (left->empty() || StartDetachedThread(kStackBytes, ReapEach, left.get()) < 0) return;
  static_cast<void>(left.release());
}

}  // namespace selectloop
