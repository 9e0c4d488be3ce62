// A wake-up is a descriptor that any thread can make readable, at any time, also while and after its owner
// closes it.
//
// The descriptors alone cannot promise that: between a look at "is it open?" and the write, the owner may
// close, and another part of the program may be given the same number. So two words of shared memory go with
// them, which every thread that may wake holds too (a SharedArrayBuffer):
//
//   kPending   1 from the wake that makes the descriptor readable to the drain that makes it
//              unreadable. Wakes that find a 1 have nothing to do, so many wakes before one drain cost
//              one system call.
//   kLife      the number of threads inside Wake, plus kClosed once the owner has closed.
//
// Close sets kClosed and waits until no thread is inside; only then are the descriptors closed. A thread that
// enters later sees kClosed and leaves. Inside, Wake makes one system call that does not block, so the wait
// is short. Wake must be native for that reason: a worker may be terminated between any two steps of its
// JavaScript. If it died inside, Close would wait in vain; if it died between setting kPending and writing,
// all later wakes would be silent. It is not terminated inside a call of ours. JavaScript may read kPending
// beforehand and skip the call, which changes nothing here.
//
// The words are open to JavaScript, which may break them. So a wake-up opens only on words that are zero and
// shared, and Close stops waiting after two seconds: then it leaves the descriptors open, since somebody may
// be about to write to them.
//
// NO WAKE IS LOST. The waker puts something where the owner will find it (its queue), then calls Wake. The
// owner, when the descriptor is readable, calls Drain and then looks at the queue. Drain reads the descriptor
// first and clears kPending after, and that order matters:
//
//   - A Wake that finds kPending 1 does nothing. The 1 was set before Drain cleared it, so its queue entry,
//     which is older still, is seen by the look that follows Drain. Both touch kPending by read-modify-write,
//     so the owner sees the entry, whatever kind of memory the queue is.
//   - A Wake that finds 0 writes. If the owner drained after kPending was set and before the write, the
//     descriptor stays readable with kPending 0: one wake for nothing, and the next Drain settles it.
//   - kPending 1 with an unreadable descriptor and no write to come would lose every later wake. It cannot
//     happen: only a Drain can have read the write that followed the 1, and it clears kPending after reading.
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
