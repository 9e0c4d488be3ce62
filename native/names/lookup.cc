#include "lookup.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../address-record.h"

namespace selectloop {
namespace {

// NI_MAXHOST and NI_MAXSERV, which not every system's headers show.
constexpr size_t kHostBytesMax = 1025;
constexpr size_t kServiceBytesMax = 32;

template <typename Integer>
void Append(std::vector<uint8_t>* to, Integer value) {
  static_assert(sizeof value == 4, "answers are made of 32-bit integers");
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(&value);
  to->insert(to->end(), bytes, bytes + sizeof value);
}

std::vector<uint8_t> BeginAnswer(int failure, int systemError, const char* first, const char* second) {
  const size_t firstBytes = strlen(first);
  const size_t secondBytes = strlen(second);
  std::vector<uint8_t> answer;
  Append(&answer, uint32_t{0});
  Append(&answer, int32_t{0});
  Append(&answer, static_cast<int32_t>(failure));
  Append(&answer, static_cast<int32_t>(failure == EAI_SYSTEM ? systemError : 0));
  Append(&answer, static_cast<uint32_t>(firstBytes));
  Append(&answer, static_cast<uint32_t>(secondBytes));
  answer.insert(answer.end(), first, first + firstBytes);
  answer.insert(answer.end(), second, second + secondBytes);
  return answer;
}

void AppendAddress(std::vector<uint8_t>* answer, const addrinfo& info) {
  sockaddr_storage address = {};
  const socklen_t length = std::min<socklen_t>(info.ai_addrlen, sizeof address);
  memcpy(&address, info.ai_addr, length);
  uint8_t record[kRecordBytesMax];
  WriteRecord(address, length, record);
  uint32_t recordBytes = 0;
  memcpy(&recordBytes, record, sizeof recordBytes);
  Append(answer, static_cast<int32_t>(info.ai_socktype));
  Append(answer, static_cast<int32_t>(info.ai_protocol));
  answer->insert(answer->end(), record, record + recordBytes);
}

std::vector<uint8_t> PerformAddresses(const Lookup& lookup) {
  addrinfo hints = {};
  hints.ai_family = lookup.family;
  hints.ai_socktype = lookup.type;
  hints.ai_protocol = lookup.protocol;
  hints.ai_flags = lookup.flags;
  addrinfo* list = nullptr;
  const char* host = lookup.host.empty() ? nullptr : lookup.host.c_str();
  const char* service = lookup.service.empty() ? nullptr : lookup.service.c_str();
  errno = 0;
  const int failure = getaddrinfo(host, service, &hints, &list);
  const int systemError = errno;
  if (failure != 0) return BeginAnswer(failure, systemError, "", "");
  // Only the first entry ever carries the canonical name (POSIX getaddrinfo).
  const char* canonical = list != nullptr && list->ai_canonname != nullptr ? list->ai_canonname : "";
  std::vector<uint8_t> answer = BeginAnswer(0, 0, canonical, "");
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) AppendAddress(&answer, *info);
  freeaddrinfo(list);
  return answer;
}

std::vector<uint8_t> PerformNames(const Lookup& lookup) {
  char host[kHostBytesMax] = "";
  char service[kServiceBytesMax] = "";
  errno = 0;
  const int failure = getnameinfo(reinterpret_cast<const sockaddr*>(&lookup.address), lookup.addressLength,
                                  host, sizeof host, service, sizeof service, lookup.flags);
  const int systemError = errno;
  return failure == 0 ? BeginAnswer(0, 0, host, service) : BeginAnswer(failure, systemError, "", "");
}

}  // namespace

std::vector<uint8_t> Perform(const Lookup& lookup) {
  std::vector<uint8_t> answer = lookup.reverse ? PerformNames(lookup) : PerformAddresses(lookup);
  const uint32_t byteCount = static_cast<uint32_t>(answer.size());
  memcpy(answer.data(), &byteCount, sizeof byteCount);
  return answer;
}

}  // namespace selectloop
