// Timeouts: doubles of milliseconds outside, what the system calls take inside. One rule for all: never
// early. Every conversion rounds up, and what is longer than a day is cut to a day, which nobody can tell
// from a wait that a signal ended: the caller looks at its clock and waits again.

#ifndef SELECTLOOP_TIMEOUT_H_
#define SELECTLOOP_TIMEOUT_H_

#include <poll.h>
#include <time.h>

#include <cmath>
#include <cstdint>

namespace selectloop {

// 24 hours, arbitrary. It keeps an int of milliseconds (24.8 days) and every kernel's own limit out of sight.
constexpr double kTimeoutMsMax = 24.0 * 60 * 60 * 1000;

// Negative means for ever. NaN has no meaning; callers refuse it before they come here.
inline bool IsForever(double timeoutMs) { return timeoutMs < 0; }

inline int64_t CeilToNanoseconds(double timeoutMs) {
  return static_cast<int64_t>(std::ceil(std::fmin(timeoutMs, kTimeoutMsMax) * 1e6));
}

inline int CeilToMilliseconds(double timeoutMs) {
  return static_cast<int>(std::ceil(std::fmin(timeoutMs, kTimeoutMsMax)));
}

inline struct timespec CeilToTimespec(double timeoutMs) {
  const int64_t nanoseconds = CeilToNanoseconds(timeoutMs);
  struct timespec time = {};
  time.tv_sec = static_cast<time_t>(nanoseconds / 1000000000);
  time.tv_nsec = static_cast<long>(nanoseconds % 1000000000);
  return time;
}

// poll(2) with a timeout as fine as the system can: ppoll where there is one (binding.gyp says where), else
// whole milliseconds. Answers as poll does, -1 with errno; EINTR is the caller's to judge.
inline int PollFor(struct pollfd* fds, nfds_t count, double timeoutMs) {
  if (IsForever(timeoutMs)) return poll(fds, count, -1);
#ifdef SELECTLOOP_HAVE_PPOLL
  const struct timespec time = CeilToTimespec(timeoutMs);
  return ppoll(fds, count, &time, nullptr);
#else
  return poll(fds, count, CeilToMilliseconds(timeoutMs));
#endif
}

}  // namespace selectloop

#endif  // SELECTLOOP_TIMEOUT_H_
