// Wake-ups that wait for the same thing in shared memory, and the threads that may be holding it.
//
// A lock in shared memory is words that every thread can change, and the thread that frees it must wake those
// that wait for it. Blocked threads sleep on the words themselves (Atomics.wait). A thread with a loop sleeps
// in its selector, and is woken by a descriptor (wakeup.h), whose number and words the thread that frees the
// lock does not have: memory cannot hold memory. So the words of the lock hold the number of a group, and the
// groups are kept here: which wake-ups wait for a change of it.
//
// A thread that ends while it holds a lock would leave the others waiting for ever. So threads that use such
// locks have numbers here (EnterThread) for as long as their environment lives, and the end of one wakes all
// groups: a waiter then looks whether it is alive.
//
// PROCESS-WIDE, with one mutex: it orders waking, leaving, and the closing of wake-ups, so that no words and
// no descriptor are touched after they are gone. It is never held while waiting for anything.

#ifndef SELECTLOOP_WAKEUP_WAKE_GROUPS_H_
#define SELECTLOOP_WAKEUP_WAKE_GROUPS_H_

#include <cstdint>

namespace selectloop {

// A number that no group of this process has.
int32_t NewGroup();
// `state` and `writeFd` are those of an open wake-up. It may join more than once, and leaves as often.
void JoinGroup(int32_t group, int32_t* state, int writeFd);
// 0, or -ENOENT.
int LeaveGroup(int32_t group, const int32_t* state);
// Leaves all groups. Called before the wake-up closes.
void LeaveAllGroups(const int32_t* state);
// Wakes all members. Returns how many.
int WakeGroup(int32_t group);

void EnterThread(int32_t number);
// Wakes all groups.
void LeaveThread(int32_t number);
bool IsThreadAlive(int32_t number);

// The protocol of wakeup.h; in wakeup-binding.cc.
int Wake(int32_t* state, int writeFd);

}  // namespace selectloop

#endif  // SELECTLOOP_WAKEUP_WAKE_GROUPS_H_
