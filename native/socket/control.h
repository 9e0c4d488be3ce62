// Ancillary data between JavaScript and the system's control messages. The neutral form is a row of items,
// integers in native byte order; src/sockets/ancillary.ts is the other end:
//
//     bytes 0..3   uint32   size of the item in bytes, these twelve included
//     bytes 4..7   int32    level
//     bytes 8..11  int32    type
//     then the data, and up to three bytes that bring the next item to a multiple of four

#ifndef SELECTLOOP_SOCKET_CONTROL_H_
#define SELECTLOOP_SOCKET_CONTROL_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../owned-descriptors.h"

namespace selectloop {

// Room for what one message can bring: Linux passes at most 253 descriptors at a time (unix(7), SCM_RIGHTS),
// the BSDs what fits a buffer of 2 KiB. So the system never has to cut descriptors, which not all of them do
// without a leak: we do that.
constexpr size_t kReceivedControlBytes = 8192;

// Far more than the systems take (Linux: net.core.optmem_max, 128 KiB at most, unless it was raised).
constexpr size_t kSentControlBytesMax = 256 * 1024;

// Control messages made of a row of items.
class SentControl {
 public:
  // 0; -EINVAL when an item contradicts itself; -ENOBUFS when there is too much.
  int Read(const uint8_t* items, size_t byteCount);
  // Has `message` send them.
  void AddTo(msghdr* message) const;

 private:
  std::unique_ptr<uint8_t[]> bytes_;
  size_t size_ = 0;
};

// Writes what `message` has received to `out` as items and answers how many bytes that makes. `outSize` is
// what the caller would have given the system as a control buffer: what does not fit there is cut, with
// MSG_CTRUNC in `message->msg_flags`. Descriptors are close-on-exec and owned when they are handed out; those
// that were cut are closed.
size_t TakeReceivedControl(msghdr* message, uint8_t* out, size_t outSize, OwnedDescriptors* owned);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_CONTROL_H_
