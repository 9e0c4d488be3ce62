// The poller contract over epoll(7): Linux.

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../timeout.h"
#include "poller.h"

namespace selectloop {
namespace {

// The token in the low half of the kernel's data word, the interest in the high half. The kernel then returns
// what is needed to mask errors and hang-ups by interest, and no table is.
uint64_t PackData(int32_t token, int32_t interest) {
  return static_cast<uint64_t>(interest) << 32 | static_cast<uint32_t>(token);
}

ReadyEvent Unpack(const struct epoll_event& event) {
  int32_t ready = kNone;
  if (event.events & ~static_cast<uint32_t>(EPOLLOUT)) ready |= kReadable;
  if (event.events & ~static_cast<uint32_t>(EPOLLIN)) ready |= kWritable;
  return {static_cast<int32_t>(event.data.u64 & 0x7fffffff),
          ready & static_cast<int32_t>(event.data.u64 >> 32)};
}

// What SYS_epoll_pwait2 takes on 32-bit and 64-bit systems alike; libc's timespec may have a 32-bit tv_sec.
struct KernelTimespec {
  int64_t tv_sec;
  int64_t tv_nsec;
};

class EpollPoller final : public Poller {
 public:
  explicit EpollPoller(int epollFd) : epollFd_(epollFd) {}
  ~EpollPoller() override { close(epollFd_); }

  int Set(int fd, int32_t before, int32_t after, int32_t token) override {
    if (after == kNone) return before == kNone ? 0 : Remove(fd);
    const int first = before == kNone ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    const int result = Control(first, fd, after, token);
    // EEXIST: a registration outlived its descriptor's number, because a duplicate kept the file open.
    if (result == -EEXIST) return Control(EPOLL_CTL_MOD, fd, after, token);
    // ENOENT: the descriptor was closed, which removed the registration, and its number is in use again.
    if (result == -ENOENT) return Control(EPOLL_CTL_ADD, fd, after, token);
    return result;
  }

  int Wait(ReadyEvent* out, int capacity, double timeoutMs) override {
    capacity = std::min(capacity, kEventsPerWaitMax);
    if (events_.size() < static_cast<size_t>(capacity)) events_.resize(static_cast<size_t>(capacity));
    const int count = WaitFor(capacity, timeoutMs);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) out[i] = Unpack(events_[static_cast<size_t>(i)]);
    return count;
  }

  int PollableFd() const override { return epollFd_; }

 private:
  int Control(int operation, int fd, int32_t interest, int32_t token) {
    struct epoll_event event = {};
    // Errors and hang-ups come without asking. EPOLLRDHUP is not asked for: a half-closed stream is readable
    // anyway.
    event.events = (interest & kReadable ? static_cast<uint32_t>(EPOLLIN) : 0u) |
                   (interest & kWritable ? static_cast<uint32_t>(EPOLLOUT) : 0u);
    event.data.u64 = PackData(token, interest);
    return epoll_ctl(epollFd_, operation, fd, &event) == 0 ? 0 : -errno;
  }

  int Remove(int fd) {
    const int result = Control(EPOLL_CTL_DEL, fd, kNone, 0);
    // EBADF: the descriptor is closed. ENOENT: closed and its number reused. EPERM: reused by a regular file.
    return result == -EBADF || result == -ENOENT || result == -EPERM ? 0 : result;
  }

  // Answers as epoll_wait does.
  int WaitFor(int capacity, double timeoutMs) {
    if (IsForever(timeoutMs)) return epoll_wait(epollFd_, events_.data(), capacity, -1);
    const int wholeMs = CeilToMilliseconds(timeoutMs);
    if (wholeMs != timeoutMs && hasPwait2_) {
      const int count = WaitNanoseconds(capacity, CeilToNanoseconds(timeoutMs));
      if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
      hasPwait2_ = false;
    }
    return epoll_wait(epollFd_, events_.data(), capacity, wholeMs);
  }

  // By number: musl and older glibc have no wrapper. ENOSYS: a kernel before 5.11. EPERM: a seccomp filter
  // that does not know the call, as older container runtimes install; the call itself never says that.
  int WaitNanoseconds(int capacity, int64_t nanoseconds) {
#ifdef SYS_epoll_pwait2
    const KernelTimespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    return static_cast<int>(
        syscall(SYS_epoll_pwait2, epollFd_, events_.data(), capacity, &time, nullptr, size_t{0}));
#else
    static_cast<void>(capacity);
    static_cast<void>(nanoseconds);
    errno = ENOSYS;
    return -1;
#endif
  }

  const int epollFd_;
  std::vector<struct epoll_event> events_;  // grows to the largest capacity asked for, then stays
  bool hasPwait2_ = true;                   // until the kernel says otherwise
};

}  // namespace

int OpenEpoll(std::unique_ptr<Poller>* out) {
  const int epollFd = epoll_create1(EPOLL_CLOEXEC);
  if (epollFd < 0) return -errno;
  *out = std::make_unique<EpollPoller>(epollFd);
  return 0;
}

}  // namespace selectloop
