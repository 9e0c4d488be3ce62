// Keeps the books of children. See own-children.h.

#include "own-children.h"

#include <pthread.h>
#include <signal.h>

#include <cstdlib>
#include <vector>

#include "../keep-loaded.h"
#include "../mutex-lock.h"
#include "exit-watch.h"

namespace selectloop {
namespace {

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// Never destroyed: at exit another thread may still use it.
std::set<OwnChildren*>& Environments() {
  static auto* const environments = new std::set<OwnChildren*>();
  return *environments;
}

}  // namespace

void KillAllChildren() {
  const MutexLock lock(&mutex);
  for (const OwnChildren* children : Environments()) {
    for (const pid_t pid : children->pids_) kill(pid, SIGKILL);
  }
}

OwnChildren::OwnChildren() {
  const MutexLock lock(&mutex);
  Environments().insert(this);
}

OwnChildren::~OwnChildren() {
  std::vector<pid_t> left;
  {
    const MutexLock lock(&mutex);
    Environments().erase(this);
    left.assign(pids_.begin(), pids_.end());
  }
  for (const pid_t pid : left) kill(pid, SIGKILL);
  ReapKilled(left);
}

void OwnChildren::Add(pid_t pid) {
  const MutexLock lock(&mutex);
  // A library's exit handlers run when it is unloaded; this one is for the end of the process.
  KeepLibraryLoaded(reinterpret_cast<const void*>(&KillAllChildren));
  static const bool registered = atexit(KillAllChildren) == 0;
  static_cast<void>(registered);
  pids_.insert(pid);
}

bool OwnChildren::Has(pid_t pid) const {
  const MutexLock lock(&mutex);
  return pids_.count(pid) != 0;
}

void OwnChildren::Remove(pid_t pid) {
  const MutexLock lock(&mutex);
  pids_.erase(pid);
}

}  // namespace selectloop
