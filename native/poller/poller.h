// A poller sleeps until a descriptor is ready. This is the contract that every backend (epoll, kqueue, poll)
// keeps, and that test/contract/poller.test.ts holds each of them to. Where the systems differ, it says who
// gives way.
//
// REGISTRATIONS. A descriptor has at most one registration in a poller: an interest (kReadable, kWritable or
// both) and a token, an opaque number from 0 to 2^31-1 that comes back with each event. The poller keeps no
// table beyond what its system call needs, so the caller says what it wanted before and what it wants now,
// and each backend sends the smallest change. Equal `before` and `after` are allowed: that gives the
// registration another token. Events carry the token and never the descriptor's number, so what was ready for
// a closed descriptor cannot be taken for news about another one that has been given the same number since.
//
// LEVEL-TRIGGERED. A registration is reported by every Wait for as long as what it waits for is so.
//
// READY. `ready` is never 0 and has no bit that the registration did not ask for. A bit means "trying will
// not block, or will tell you why": errors and hang-ups (EPOLLERR, EPOLLHUP, and their kin) set every bit of
// the interest, because the waiter must find out, and only a try shows how. A try may still say
// EAGAIN; treat that as not ready. kqueue reports the two directions one by one and says EV_EOF for a
// half-closed stream too. An EOF on the read side also sets kWritable there, because some systems tell the
// writer of a pipe without readers in no other way (golang/go, src/runtime/netpoll_kqueue.go). So on kqueue a
// writer may be woken in vain once its peer has stopped sending; on epoll and poll it is not.
//
// ONE PAIR EACH. One Wait reports a registration at most once, both directions in one pair. When more are
// ready than fit, the next calls report the others: no descriptor starves.
//
// WHAT CAN BE POLLED. Regular files, directories and block devices are always ready, or never, depending on
// the system, and are refused with -EPERM by all backends; reading one is work for another thread. Of other
// files without readiness, such as /dev/null, epoll and kqueue say -EPERM when their kernel does, and poll
// finds them ready for ever. A descriptor that is not open is -EBADF.
//
// WHEN THE CALLER IS WRONG. The descriptor may have been closed and reused behind the caller's back, so Set
// repairs what it can: an addition that exists already becomes a change, a change of what is missing becomes
// an addition, and a change to kNone never fails because the descriptor or its registration is gone already.
// A Set that fails leaves the registration as it was. Change a registration to kNone before you close its
// descriptor. If the caller forgets: epoll and kqueue drop a registration silently when the file is closed.
// epoll means the open file and not the number, so while a duplicate (dup, fork) is open it goes on
// reporting, and nothing but closing the poller ends that. poll drops the registration at the next Wait that
// finds the number closed; if it is in use again by then, that file is reported under the old token until the
// next Set of that number.
//
// TIME. `timeoutMs` is in milliseconds with fractions. Negative waits for ever, 0 never blocks; otherwise
// Wait does not return 0 before the time is over, as CLOCK_MONOTONIC counts it. It rounds up to what the
// system call can tell apart: nanoseconds for kevent, ppoll and epoll_pwait2, else milliseconds. More than 24
// hours is 24 hours. NaN is -EINVAL.
//
// SIGNALS. An interrupted Wait returns 0 events, whatever SA_RESTART says; the caller looks at its clock and
// its signals and decides.
//
// ERRORS. `>= 0` or `-errno`. -EINVAL is a bug of the caller: an interest with unknown bits, a negative
// token, a capacity of 0. What else may come from Set: -ENOMEM, -ENOSPC (epoll: fs.epoll.max_user_watches),
// -ELOOP and -EINVAL (pollers that watch each other or themselves).
//
// THREADS. A poller belongs to the environment that opened it. One thread, no locks.

#ifndef SELECTLOOP_POLLER_POLLER_H_
#define SELECTLOOP_POLLER_POLLER_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace selectloop {

constexpr int32_t kNone = 0;
constexpr int32_t kReadable = 1;
constexpr int32_t kWritable = 2;

// Laid out as JavaScript sees it: two neighbours in the caller's Int32Array.
struct ReadyEvent {
  int32_t token;
  int32_t ready;
};
static_assert(sizeof(ReadyEvent) == 2 * sizeof(int32_t), "a pair in an Int32Array");

// Events per Wait at most, whatever the caller's capacity: bounds what a backend keeps for the system call.
// 4,096 is 48 KiB for epoll; beyond a thousand or so, the cost of the call itself is no longer seen.
constexpr int kEventsPerWaitMax = 4096;

class Poller {
 public:
  virtual ~Poller() = default;

  // Changes the interest in `fd`. `before` and `after` have no other bits than kReadable and kWritable. 0 or
  // -errno.
  virtual int Set(int fd, int32_t before, int32_t after, int32_t token) = 0;

  // Fills `out`, of `capacity` >= 1 events, and returns how many, or -errno. `timeoutMs` is not NaN.
  virtual int Wait(ReadyEvent* out, int capacity, double timeoutMs) = 0;

  // A descriptor that is readable while Wait(0) would report something, or -1 if the backend has none (poll).
  virtual int PollableFd() const = 0;
};

// A backend of this build. `open` returns 0 and sets `out`, or -errno (-EMFILE, -ENFILE, -ENOMEM).
struct Backend {
  const char* kind;
  int (*open)(std::unique_ptr<Poller>* out);
};

// Best first; there is always one. What is in here was decided when the addon was built.
const std::vector<Backend>& Backends();

// Each defined by the file of its name, which is part of the build where the system has the facility.
int OpenEpoll(std::unique_ptr<Poller>* out);
int OpenKqueue(std::unique_ptr<Poller>* out);
int OpenPoll(std::unique_ptr<Poller>* out);

}  // namespace selectloop

#endif  // SELECTLOOP_POLLER_POLLER_H_
