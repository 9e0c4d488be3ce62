// The children that one environment has started and not reaped. Only these are ever sent a signal or waited
// for: a number is not given to another process before its zombie is reaped, so none of them can be a
// stranger's.
//
// An environment that ends, such as a terminated worker, kills those that are left; a process that exits
// kills those of all its environments. Node runs no cleanup hooks at process.exit(), hence a list of all
// environments and atexit(3). PROCESS-WIDE for that reason: one mutex orders all environments and the exit.

#ifndef SELECTLOOP_PROCESS_OWN_CHILDREN_H_
#define SELECTLOOP_PROCESS_OWN_CHILDREN_H_

#include <sys/types.h>

#include <set>

namespace selectloop {

class OwnChildren {
 public:
  OwnChildren();
  // Kills those that are left, and has them reaped.
  ~OwnChildren();
  OwnChildren(const OwnChildren&) = delete;
  OwnChildren& operator=(const OwnChildren&) = delete;

  void Add(pid_t pid);
  bool Has(pid_t pid) const;
  void Remove(pid_t pid);

 private:
  friend void KillAllChildren();

  std::set<pid_t> pids_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_OWN_CHILDREN_H_
