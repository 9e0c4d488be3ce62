// The poller contract over kqueue(2): macOS and the BSDs.
//
// kqueue has a filter for each direction, so a registration is one or two of them, and two changes say
// everything: add the wanted, delete the others. That does not depend on what was there before, so a
// registration that was lost or left over behind the caller's back repairs itself. EV_RECEIPT has the kernel
// answer for each change by itself: without it, the first that fails (the deletion of what was not there,
// which is common) would hide the fate of the second.

#include <sys/event.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../descriptor.h"
#include "../timeout.h"
#include "pollable.h"
#include "poller.h"

namespace selectloop {
namespace {

// Token and interest travel in the kernel's data word, as they do for epoll; this is what masks an EOF that
// one filter reports for both directions.
using DataWord = decltype(kevent::udata);
static_assert(sizeof(DataWord) == 8, "a token and an interest need a 64-bit data word");

DataWord PackData(int32_t token, int32_t interest) {
  return reinterpret_cast<DataWord>(static_cast<uintptr_t>(interest) << 32 | static_cast<uint32_t>(token));
}

ReadyEvent Unpack(const struct kevent& event) {
  const uintptr_t data = reinterpret_cast<uintptr_t>(event.udata);
  int32_t ready = event.filter == EVFILT_READ ? kReadable : kWritable;
  // The writer of a pipe without a reader may see the EOF on the read side only. For a half-closed
  // socket the writer is woken in vain, which the contract allows. (golang/go, src/runtime/netpoll_kqueue.go)
  if (event.filter == EVFILT_READ && (event.flags & EV_EOF) != 0) ready |= kWritable;
  return {static_cast<int32_t>(data & 0x7fffffff), ready & static_cast<int32_t>(data >> 32)};
}

// Finds equal tokens among the events of one Wait: the place of a token's pair, by open addressing. Cleared
// for each Wait, and only as much of it as that Wait needs.
class PairIndex {
 public:
  void Reset(int eventCount) {
    size_t size = 4;
    while (size < static_cast<size_t>(eventCount) * 2) size *= 2;
    mask_ = size - 1;
    places_.assign(size, kEmpty);
  }

  // The place of the pair with `token` among `pairs`; or `next`, which it has now been given.
  int FindOrAdd(const ReadyEvent* pairs, int32_t token, int next) {
    // Multiplication by the golden ratio spreads neighbouring tokens.
    size_t slot = (static_cast<uint32_t>(token) * 2654435769u) & mask_;
    while (places_[slot] != kEmpty) {
      if (pairs[places_[slot]].token == token) return places_[slot];
      slot = (slot + 1) & mask_;
    }
    places_[slot] = next;
    return next;
  }

 private:
  static constexpr int kEmpty = -1;
  std::vector<int> places_;
  size_t mask_ = 0;
};

class KqueuePoller final : public Poller {
 public:
  explicit KqueuePoller(int kqueueFd) : kqueueFd_(kqueueFd) {}
  ~KqueuePoller() override { close(kqueueFd_); }

  int Set(int fd, int32_t before, int32_t after, int32_t token) override {
    if (after == kNone) return before == kNone ? 0 : Change(fd, kNone, PackData(0, kNone));
    const int refusal = CheckPollable(fd);
    if (refusal != 0) return refusal;
#ifdef SELECTLOOP_LIBKQUEUE
    // libkqueue, unlike every kernel, ignores the addition of a filter that is there, new data word and all.
    Change(fd, kNone, PackData(0, kNone));
#endif
    int result = Change(fd, after, PackData(token, after));
    // Some versions of macOS refuse to watch the writing end of a pipe whose reader is gone (tokio-rs/mio
    // issue 582). That end must be reported ready, so that the writer tries and learns of it; the read filter
    // of the same descriptor says EOF, which wakes the writer.
    if (result == -EPIPE) result = Change(fd, kReadable, PackData(token, after));
    // All or nothing: one direction must not stay behind when the other is refused.
    if (result < 0) Change(fd, before, PackData(token, before));
    return result;
  }

  int Wait(ReadyEvent* out, int capacity, double timeoutMs) override {
    capacity = std::min(capacity, kEventsPerWaitMax);
    if (events_.size() < static_cast<size_t>(capacity)) events_.resize(static_cast<size_t>(capacity));
    struct timespec time = {};
    if (!IsForever(timeoutMs)) time = CeilToTimespec(timeoutMs);
    const int count =
        kevent(kqueueFd_, nullptr, 0, events_.data(), capacity, IsForever(timeoutMs) ? nullptr : &time);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    return Collect(out, count);
  }

  int PollableFd() const override { return kqueueFd_; }

 private:
  // Adds the filters of the directions in `filters` and deletes the others.
  int Change(int fd, int32_t filters, DataWord data) {
    struct kevent changes[2];
    struct kevent receipts[2];
    Fill(&changes[0], fd, EVFILT_READ, (filters & kReadable) != 0, data);
    Fill(&changes[1], fd, EVFILT_WRITE, (filters & kWritable) != 0, data);
    const struct timespec noWait = {};
    const int count = kevent(kqueueFd_, changes, 2, receipts, 2, &noWait);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
      // A receipt is marked EV_ERROR also when all went well; data says which.
      const int error = (receipts[i].flags & EV_ERROR) != 0 ? static_cast<int>(receipts[i].data) : 0;
      const int result = Judge(error, receipts[i].filter, filters);
      if (result < 0) return result;
    }
    return 0;
  }

  static void Fill(struct kevent* change, int fd, int filter, bool wanted, DataWord data) {
    EV_SET(change, static_cast<uintptr_t>(fd), static_cast<decltype(change->filter)>(filter),
           static_cast<decltype(change->flags)>((wanted ? EV_ADD | EV_ENABLE : EV_DELETE) | EV_RECEIPT), 0, 0,
           data);
  }

  static int Judge(int error, int filter, int32_t filters) {
    if (error == 0) return 0;
    const bool wasAdded = (filters & (filter == EVFILT_READ ? kReadable : kWritable)) != 0;
    // A deletion: ENOENT, no such filter, EBADF, the descriptor is closed, or any doubt whether its kind of
    // file ever had that filter (EINVAL). What is to be gone is gone.
    if (!wasAdded) return 0;
    // The kinds of file that have no filter: each system has its own word for it, epoll's is the contract's.
    if (error == EINVAL || error == ENODEV || error == EOPNOTSUPP) return -EPERM;
    return -error;
  }

  // Both filters of a registration become one pair.
  int Collect(ReadyEvent* out, int eventCount) {
    pairs_.Reset(eventCount);
    int pairCount = 0;
    for (int i = 0; i < eventCount; i++) {
      const ReadyEvent event = Unpack(events_[static_cast<size_t>(i)]);
      if (event.ready == kNone) continue;
      const int place = pairs_.FindOrAdd(out, event.token, pairCount);
      if (place == pairCount) {
        out[pairCount++] = event;
      } else {
        out[place].ready |= event.ready;
      }
    }
    return pairCount;
  }

  const int kqueueFd_;
  std::vector<struct kevent> events_;  // grows to the largest capacity asked for, then stays
  PairIndex pairs_;
};

}  // namespace

int OpenKqueue(std::unique_ptr<Poller>* out) {
  const int opened = kqueue();
  if (opened < 0) return -errno;
  // For exec only: a child made by fork does not inherit a kqueue.
  const int kqueueFd = CloseOnExec(opened);
  if (kqueueFd < 0) return kqueueFd;
  *out = std::make_unique<KqueuePoller>(kqueueFd);
  return 0;
}

}  // namespace selectloop
