// Threads that ask the system's resolver, and where their answers are put.
//
// PROCESS-WIDE, like signal-pipe.cc: a thread inside getaddrinfo(3) cannot be stopped, and may stay there for
// most of a minute, so these threads belong to no environment. They are detached, started when there is work,
// and never waited for: neither the end of a worker nor that of the process takes longer because a name
// server is dead. libuv's pool is no choice: its answers come through a loop that stands still while we
// block, four stuck lookups there also stop the file system, and the process waits for it when it exits.
//
// LIFETIME. A LookupBox belongs to an environment. A request belongs to those that still need it: queue and
// thread until it is answered, box until it is taken. It points to its box for as long as the answer is
// wanted; the box takes that pointer away when the lookup is abandoned or the box is closed, and a thread
// that comes back without one drops the answer. All of it is guarded by one mutex of the pool, which is
// allocated once and never destroyed, since a thread may come back at any time, also while the process is
// already exiting.
//
// A request, and what it leaves by:
//   queued     in the queue and in its box           a thread takes it; abandoned: forgotten at once
//   running    with a thread and in its box          the resolver answers; abandoned: the thread is "stuck"
//   until then answered   in its box                            Take; abandoned: forgotten
//
// HOW MANY. kThreadsWanted, not counting those stuck with a lookup that was abandoned: four abandoned
// lookups must not keep the fifth from being answered. kThreadsMax limits what that may cost.
//
// A BOX'S DESCRIPTOR is readable exactly while the box has an answer to be taken: the thread that makes it
// non-empty writes a byte, the Take that makes it empty reads it, both with the mutex held. So the pipe never
// has more than one byte, and no thread ever writes to a descriptor that has been closed.

#ifndef SELECTLOOP_NAMES_LOOKUP_THREADS_H_
#define SELECTLOOP_NAMES_LOOKUP_THREADS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "lookup.h"

namespace selectloop {

// As many as libuv's pool has: enough that one slow name does not hold up the others. Arbitrary beyond that.
constexpr int kThreadsWanted = 4;
// Arbitrary; reached only when 28 lookups that were given up hang in the resolver at once. Later ones then
// wait.
constexpr int kThreadsMax = 32;

struct LookupRequest;

// The lookups of one loop, or of one blocking call.
class LookupBox {
 public:
  // 0 or -errno.
  int Open();
  // Closes the descriptor and abandons everything.
  ~LookupBox();
  LookupBox() = default;
  LookupBox(const LookupBox&) = delete;
  LookupBox& operator=(const LookupBox&) = delete;

  int readFd() const { return readFd_; }

  // The lookup's number in this box (>= 0), or -errno when no thread can be started.
  int Start(const Lookup& lookup);
  // Writes the next answer to `out` and forgets it: its lookup's number. -EAGAIN when there is none. -ENOBUFS
  // when `out` is too small: its size is in the first four bytes (`size` is at least 4), and the answer can
  // still be taken.
  int Take(uint8_t* out, size_t size);
  // The answer is not wanted any more. Nothing happens when it was taken already.
  void Abandon(int id);

 private:
  friend struct LookupThreads;

  // With the mutex held.
  void Deliver(const std::shared_ptr<LookupRequest>& request);
  void Forget(const std::shared_ptr<LookupRequest>& request);
  void ReadByteIfEmpty();

  int readFd_ = -1;
  int writeFd_ = -1;
  int nextId_ = 0;
  std::map<int, std::shared_ptr<LookupRequest>> requests_;
  std::deque<std::shared_ptr<LookupRequest>> answered_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_NAMES_LOOKUP_THREADS_H_
