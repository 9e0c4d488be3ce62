// See wake-groups.h.

#include "wake-groups.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "../keep-loaded.h"
#include "../mutex-lock.h"

namespace selectloop {
namespace {

struct Member {
  int32_t* state;
  int writeFd;
};

using Members = std::vector<Member>;

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// What there is, guarded by the mutex. Never destroyed: at exit another thread may still use it.
struct Tables {
  std::map<int32_t, Members> groups;
  std::set<int32_t> threads;
  int32_t lastGroup = 0;
};

Tables& All() {
  static auto* const tables = new Tables();
  return *tables;
}

int WakeMembers(const Members& members) {
  for (const Member& member : members) Wake(member.state, member.writeFd);
  return static_cast<int>(members.size());
}

}  // namespace

int32_t NewGroup() {
  const MutexLock lock(&mutex);
  Tables& all = All();
  // Two that share a number after two thousand million of them wake each other for nothing, and no harm done.
  all.lastGroup = all.lastGroup == INT32_MAX ? 1 : all.lastGroup + 1;
  return all.lastGroup;
}

void JoinGroup(int32_t group, int32_t* state, int writeFd) {
  const MutexLock lock(&mutex);
  All().groups[group].push_back({state, writeFd});
}

int LeaveGroup(int32_t group, const int32_t* state) {
  const MutexLock lock(&mutex);
  auto& groups = All().groups;
  const auto found = groups.find(group);
  if (found == groups.end()) return -ENOENT;
  Members& members = found->second;
  const auto member = std::find_if(members.begin(), members.end(),
                                   [state](const Member& each) { return each.state == state; });
  if (member == members.end()) return -ENOENT;
  members.erase(member);
  if (members.empty()) groups.erase(found);
  return 0;
}

void LeaveAllGroups(const int32_t* state) {
  const MutexLock lock(&mutex);
  auto& groups = All().groups;
  for (auto group = groups.begin(); group != groups.end();) {
    Members& members = group->second;
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [state](const Member& each) { return each.state == state; }),
                  members.end());
    group = members.empty() ? groups.erase(group) : std::next(group);
  }
}

int WakeGroup(int32_t group) {
  const MutexLock lock(&mutex);
  const auto& groups = All().groups;
  const auto found = groups.find(group);
  return found == groups.end() ? 0 : WakeMembers(found->second);
}

void EnterThread(int32_t number) {
  const MutexLock lock(&mutex);
  KeepLibraryLoaded(reinterpret_cast<const void*>(&EnterThread));
  All().threads.insert(number);
}

void LeaveThread(int32_t number) {
  const MutexLock lock(&mutex);
  if (All().threads.erase(number) == 0) return;
  for (const auto& [group, members] : All().groups) WakeMembers(members);
}

bool IsThreadAlive(int32_t number) {
  const MutexLock lock(&mutex);
  return All().threads.count(number) != 0;
}

}  // namespace selectloop
