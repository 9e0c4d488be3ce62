// Several pieces of JavaScript's memory for one system call: what sendmsg(2) and writev(2) take.

#ifndef SELECTLOOP_GATHER_H_
#define SELECTLOOP_GATHER_H_

#include <sys/uio.h>

#include <algorithm>
#include <climits>
#include <cstddef>

#include "args.h"

namespace selectloop {

// The first pieces of a queue of Uint8Arrays, as many as one call may take. Reads four arguments:
//
//   index       buffers        an array of Uint8Arrays
//   index + 1   first          the element to begin with
//   index + 2   bufferCount    how many elements from there on may be taken; fewer may be
//   index + 3   firstOffset    how many bytes of the first one to leave out
class Gather {
 public:
  // Linux, macOS and the BSDs refuse more than 1,024 pieces (IOV_MAX). 16 bytes each: 4 KiB of stack, and by
  // then a system call more or less costs nothing.
  static constexpr size_t kPieceCountMax = 256;
  // More than any system moves in one call (Linux stops at 0x7ffff000 bytes, macOS refuses more than
  // INT_MAX).
  static constexpr size_t kBytesPerCallMax = INT_MAX;

  Gather(Args* args, size_t index) {
    const int first = args->Int(index + 1, "first");
    const int bufferCount = args->Int(index + 2, "bufferCount");
    const int firstOffset = args->Int(index + 3, "firstOffset");
    if (!args->ok()) return;
    const size_t wanted = std::min(static_cast<size_t>(std::max(0, bufferCount)), kPieceCountMax);
    if (args->Pieces(index, static_cast<uint32_t>(first), wanted, pieces_) < 0) {
      args->FailPieces(index, "buffers");
      return;
    }
    // More than there is would be memory of others.
    size_t offset = static_cast<size_t>(std::max(0, firstOffset));
    size_t left = kBytesPerCallMax;
    for (; count_ < wanted && left > 0; ++count_) {
      iovec& piece = pieces_[count_];
      offset = std::min(offset, piece.iov_len);
      // An empty array may have no memory at all; adding to a null pointer is undefined even for 0.
      if (offset > 0) piece.iov_base = static_cast<uint8_t*>(piece.iov_base) + offset;
      piece.iov_len = std::min(piece.iov_len - offset, left);
      left -= piece.iov_len;
      offset = 0;
    }
  }

  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;

  iovec* pieces() { return pieces_; }
  size_t count() const { return count_; }

 private:
  iovec pieces_[kPieceCountMax];
  size_t count_ = 0;
};

}  // namespace selectloop

#endif  // SELECTLOOP_GATHER_H_
