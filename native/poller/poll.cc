// The poller contract over poll(2): every system. The fallback, and the second opinion in tests. Each Wait
// costs in proportion to the registrations, which is what poll is.

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "../timeout.h"
#include "pollable.h"
#include "poller.h"

namespace selectloop {
namespace {

int32_t ReadyFrom(short revents) {
  int32_t ready = kNone;
  if (revents & ~POLLOUT) ready |= kReadable;
  if (revents & ~POLLIN) ready |= kWritable;
  return ready;
}

// Registrations in no order, side by side with their tokens, and where each descriptor stands among them.
class PollPoller final : public Poller {
 public:
  int Set(int fd, int32_t before, int32_t after, int32_t token) override {
    static_cast<void>(before);  // the table knows better
    if (after == kNone) {
      Remove(fd);
      return 0;
    }
    const int refusal = CheckPollable(fd);
    if (refusal != 0) return refusal;
    const size_t position = FindOrAdd(fd);
    fds_[position].events =
        static_cast<short>((after & kReadable ? POLLIN : 0) | (after & kWritable ? POLLOUT : 0));
    fds_[position].revents = 0;
    tokens_[position] = token;
    interests_[position] = after;
    return 0;
  }

  int Wait(ReadyEvent* out, int capacity, double timeoutMs) override {
    for (;;) {
      const int readyCount = PollFor(fds_.data(), static_cast<nfds_t>(fds_.size()), timeoutMs);
      if (readyCount < 0) return errno == EINTR ? 0 : -errno;
      if (readyCount == 0) return 0;
      const int count = Collect(out, capacity);
      if (count > 0) return count;
      // Nothing but closed descriptors, now forgotten. poll sees those before it sleeps, so all the time is
      // left.
    }
  }

  int PollableFd() const override { return -1; }

 private:
  static constexpr int32_t kNowhere = -1;

  // From where the last full batch ended, so that a small capacity starves no descriptor.
  int Collect(ReadyEvent* out, int capacity) {
    const size_t size = fds_.size();
    const size_t start = next_ < size ? next_ : 0;
    next_ = 0;
    closed_.clear();
    int count = 0;
    for (size_t i = 0; i < size; i++) {
      const size_t position = (start + i) % size;
      const short revents = fds_[position].revents;
      if (revents == 0) continue;
      if (revents & POLLNVAL) {
        closed_.push_back(fds_[position].fd);
        continue;
      }
      if (count == capacity) {
        next_ = position;
        break;
      }
      out[count++] = {tokens_[position], ReadyFrom(revents) & interests_[position]};
    }
    for (const int fd : closed_) Remove(fd);
    return count;
  }

  size_t FindOrAdd(int fd) {
    const size_t index = static_cast<size_t>(fd);
    if (index >= positions_.size()) positions_.resize(index + 1, kNowhere);
    if (positions_[index] == kNowhere) {
      positions_[index] = static_cast<int32_t>(fds_.size());
      struct pollfd entry = {};
      entry.fd = fd;
      fds_.push_back(entry);
      tokens_.push_back(0);
      interests_.push_back(kNone);
    }
    return static_cast<size_t>(positions_[index]);
  }

  // The last registration takes the place of the removed one.
  void Remove(int fd) {
    if (fd < 0 || static_cast<size_t>(fd) >= positions_.size()) return;
    int32_t& place = positions_[static_cast<size_t>(fd)];
    if (place == kNowhere) return;
    const size_t position = static_cast<size_t>(place);
    place = kNowhere;
    const size_t last = fds_.size() - 1;
    if (position != last) {
      fds_[position] = fds_[last];
      tokens_[position] = tokens_[last];
      interests_[position] = interests_[last];
      positions_[static_cast<size_t>(fds_[position].fd)] = static_cast<int32_t>(position);
    }
    fds_.pop_back();
    tokens_.pop_back();
    interests_.pop_back();
  }

  std::vector<struct pollfd> fds_;
  std::vector<int32_t> tokens_;
  std::vector<int32_t> interests_;
  std::vector<int32_t> positions_;  // by descriptor
  std::vector<int> closed_;         // scratch of Collect
  size_t next_ = 0;
};

}  // namespace

int OpenPoll(std::unique_ptr<Poller>* out) {
  *out = std::make_unique<PollPoller>();
  return 0;
}

}  // namespace selectloop
