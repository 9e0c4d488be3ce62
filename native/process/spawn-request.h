// What is to be started, and how: read from the arrays in which it crosses from JavaScript, whole and
// checked, before a process exists.
//
// `text` holds strings, each ended by a NUL: the executables to try in order, the arguments, the environment
// (`name=value`), and the directory, if there is one.
//
// `numbers` holds, at these places:
//    0..2   how many executables, arguments, environment entries there are
//    3      flags, see below
//    4..6   what descriptors 0, 1 and 2 shall be: a descriptor of ours, or one of the Stdio values
//    7..10  the process group to join (-1: stay, 0: a new one), user, group, umask (-1: as they are). User
//    and
//           group are the bits of an unsigned number, valid with their flags only
//   11..13  how many supplementary groups, descriptors to pass, resource limits follow
//   14..15  rows and columns of the terminal
//   then    the groups, the descriptors, the resources (RLIMIT_...)
//
// `limits` holds a pair (soft, hard) for each resource; infinity is RLIM_INFINITY.

#ifndef SELECTLOOP_PROCESS_SPAWN_REQUEST_H_
#define SELECTLOOP_PROCESS_SPAWN_REQUEST_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace selectloop {

constexpr size_t kSpawnHeaderNumbers = 16;

enum SpawnFlag : int {
  kHasDirectory = 1,
  kNewSession = 2,
  kRestoreSignals = 4,
  kTerminal = 8,
  kWatchByThread = 16,
  kHasUser = 32,
  kHasGroup = 64,
  kHasGroups = 128,
};

enum Stdio : int {
  kInherit = -1,
  kPipe = -2,
  kNull = -3,
  kSameAsOutput = -4,
  kTerminalStdio = -5,
};

struct ResourceLimit {
  int resource;
  rlimit value;
};

// Pointers lead into the text that was passed in.
struct SpawnRequest {
  std::vector<char*> executables;
  std::vector<char*> arguments;    // ended by a null pointer, as execve wants it
  std::vector<char*> environment;  // the same
  const char* directory = nullptr;
  int flags = 0;
  int stdio[3] = {kInherit, kInherit, kInherit};
  pid_t processGroup = -1;
  uid_t user = 0;
  gid_t group = 0;
  int umask = -1;
  std::vector<gid_t> groups;
  std::vector<int> passed;
  std::vector<ResourceLimit> limits;
  int rows = 0;
  int columns = 0;

  bool Has(SpawnFlag flag) const { return (flags & flag) != 0; }
};

// False when the arrays do not hold what their counts say.
bool ReadSpawnRequest(char* text, size_t textSize, const int32_t* numbers, size_t numberCount,
                      const double* limits, size_t limitCount, SpawnRequest* request);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_SPAWN_REQUEST_H_
