// Keeps the books of children. See own-children.h.

#include "own-children.h"

#include <pthread.h>
#include <signal.h>

#include <cstdlib>
#include <vector>

#include "../keep-loaded.h"
#include "exit-watch.h"

namespace selectloop {
namespace {

// Not std::mutex: nothing here may have a destructor that runs at exit, while another thread still uses it.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

class Lock {
 public:
  Lock() { pthread_mutex_lock(&mutex); }
  ~Lock() { pthread_mutex_unlock(&mutex); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

// Never destroyed, for the same reason.
std::set<OwnChildren*>& Environments() {
  static auto* const environments = new std::set<OwnChildren*>();
  return *environments;
}

}  // namespace

void KillAllChildren() {
  const Lock lock;
  for (const OwnChildren* children : Environments()) {
    for (const pid_t pid : children->pids_) kill(pid, SIGKILL);
  }
}

OwnChildren::OwnChildren() {
  const Lock lock;
  Environments().insert(this);
}

OwnChildren::~OwnChildren() {
  std::vector<pid_t> left;
  {
    const Lock lock;
    Environments().erase(this);
    left.assign(pids_.begin(), pids_.end());
  }
  for (const pid_t pid : left) kill(pid, SIGKILL);
  ReapKilled(left);
}

void OwnChildren::Add(pid_t pid) {
  const Lock lock;
  // A library's exit handlers run when it is unloaded; this one is for the end of the process.
  KeepLibraryLoaded(reinterpret_cast<const void*>(&KillAllChildren));
  static const bool registered = atexit(KillAllChildren) == 0;
  static_cast<void>(registered);
  pids_.insert(pid);
}

bool OwnChildren::Has(pid_t pid) const {
  const Lock lock;
  return pids_.count(pid) != 0;
}

void OwnChildren::Remove(pid_t pid) {
  const Lock lock;
  pids_.erase(pid);
}

}  // namespace selectloop
