// The descriptors that one environment must not leave behind: those its calls have opened and its objects
// have not closed or given away. A worker that is terminated runs no `finally` and no close(); without this,
// each of its sockets stayed open for as long as the process lives.
//
// A bit per descriptor: one word is loaded, changed and stored, which costs about a nanosecond beside the
// system call that made the descriptor. Only the environment's own thread comes here.

#ifndef SELECTLOOP_OWNED_DESCRIPTORS_H_
#define SELECTLOOP_OWNED_DESCRIPTORS_H_

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace selectloop {

class OwnedDescriptors {
 public:
  OwnedDescriptors() = default;
  OwnedDescriptors(const OwnedDescriptors&) = delete;
  OwnedDescriptors& operator=(const OwnedDescriptors&) = delete;

  // Runs when no JavaScript of the environment can run any more. A failed close can no longer be reported.
  ~OwnedDescriptors() {
    for (size_t index = 0; index < words_.size(); index++) {
      for (size_t bit = 0; bit < kWordBits; bit++) {
        if ((words_[index] >> bit & 1) != 0) close(static_cast<int>(index * kWordBits + bit));
      }
    }
  }

  // From now on `fd` is closed with the environment. Answers `fd`; a negative one, which is an error, passes
  // through.
  int Add(int fd) {
    if (fd < 0) return fd;
    const size_t index = static_cast<size_t>(fd) / kWordBits;
    if (index >= words_.size()) words_.resize(index + 1);
    words_[index] |= Bit(fd);
    return fd;
  }

  // From now on other code closes it, or it is closed already. Harmless for a descriptor that is not here.
  void Remove(int fd) {
    const size_t index = static_cast<size_t>(fd) / kWordBits;
    if (fd >= 0 && index < words_.size()) words_[index] &= ~Bit(fd);
  }

 private:
  static constexpr size_t kWordBits = 64;

  static uint64_t Bit(int fd) { return uint64_t{1} << (static_cast<size_t>(fd) % kWordBits); }

  std::vector<uint64_t> words_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_OWNED_DESCRIPTORS_H_
