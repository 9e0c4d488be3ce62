// A wake-up is a descriptor that any thread can make readable, at any time, also while and after its owner
// closes it.
//
// The descriptors alone cannot promise that: between a look at "is it open?" and the write, the owner may
// close, and another part of the program may be given the same number. So two words of shared memory go with
// them, which every thread that may wake holds too (a SharedArrayBuffer):
//
//   kPending   1 from the wake that makes the descriptor readable to the drain that makes it unreadable.
//   Wakes that
//              find a 1 have nothing to do, which makes many wakes before one drain cost one system call.
//   kLife      how many threads are inside Wake just now, plus kClosed once the owner has closed.
//
// Close sets kClosed and waits until nobody is inside; only then are the descriptors closed. Whoever enters
// later sees kClosed and leaves. Inside, Wake makes one system call that does not block, so the wait is
// short. Wake must be native for that reason: a worker may be terminated between any two steps of its
// JavaScript, and one that died inside would hang Close for ever, or, between setting kPending and writing,
// silence all later wakes. It is not terminated inside a call of ours. JavaScript may read kPending
// beforehand and skip the call, which changes nothing here.
//
// NO WAKE IS LOST. The waker puts something where the owner will find it (its queue), then calls Wake. The
// owner, when the descriptor is readable, calls Drain and then looks at the queue. Drain reads the descriptor
// first and clears kPending after, and that order matters:
//
//   - A Wake that finds kPending 1 does nothing. It was set before Drain cleared it, so its queue entry,
//   older still,
//     is seen by the look that follows Drain. Both touch kPending by read-modify-write, so the entry is
//     visible to the owner whatever kind of memory the queue is.
//   - A Wake that finds 0 writes. If the owner drained between its setting kPending and its write, the
//   descriptor stays
//     readable with kPending 0: one wake for nothing, and the next Drain settles it.
//   - kPending 1 with an unreadable descriptor and no write to come would lose every later wake. It cannot
//   be: the
//     write that followed the 1 can only have been read away by a Drain, which clears kPending after reading.
//     The other order fails here: clear, then a wake sets 1 and writes, then the read takes the write away
//     and leaves the 1.

#ifndef SELECTLOOP_WAKEUP_WAKEUP_H_
#define SELECTLOOP_WAKEUP_WAKEUP_H_

#include <cstddef>
#include <cstdint>

namespace selectloop {

// Places in the shared words.
constexpr size_t kPending = 0;
constexpr size_t kLife = 1;
constexpr size_t kWakeupStateSize = 2;
constexpr int32_t kClosed = 1 << 30;

// The descriptor pair, by system: wakeup-eventfd.cc, wakeup-pipe.cc. 0 or -errno each.
int OpenWakeupFds(int* readFd, int* writeFd);
int WriteWakeupFd(int writeFd);
int DrainWakeupFd(int readFd);
void CloseWakeupFds(int readFd, int writeFd);

}  // namespace selectloop

#endif  // SELECTLOOP_WAKEUP_WAKEUP_H_
