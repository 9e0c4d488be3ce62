// One question to the system's resolver and its answer, as bytes in both directions.
//
// An answer, integers in native byte order:
//
//     bytes 0..3    uint32   size of the whole answer in bytes, these four included
//     bytes 4..7    int32    which lookup this answers
//     bytes 8..11   int32    0, or why not: the platform's EAI_ number (its sign differs between systems)
//     bytes 12..15  int32    errno, when that is EAI_SYSTEM
//     bytes 16..19  uint32   how many bytes the first text has: canonical name, or host
//     bytes 20..23  uint32   how many bytes the second text has: service
//     then the two texts, not terminated; then for each address
//                   int32 type   int32 protocol   the address's record (see address-record.h), which knows
//                   its size

#ifndef SELECTLOOP_NAMES_LOOKUP_H_
#define SELECTLOOP_NAMES_LOOKUP_H_

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace selectloop {

constexpr size_t kAnswerIdOffset = 4;
constexpr size_t kAnswerHeaderBytes = 24;

struct Lookup {
  // Asks getnameinfo for the names of `address`; else getaddrinfo for the addresses of `host` and `service`,
  // of which an empty one is none.
  bool reverse = false;
  std::string host;
  std::string service;
  int family = 0;
  int type = 0;
  int protocol = 0;
  int flags = 0;
  sockaddr_storage address = {};
  socklen_t addressLength = 0;
};

// Asks. Blocks for as long as the system's resolver does, which with a dead name server is most of a minute.
// The answer does not know its lookup yet.
std::vector<uint8_t> Perform(const Lookup& lookup);

}  // namespace selectloop

#endif  // SELECTLOOP_NAMES_LOOKUP_H_
