// Reads a request for a new process. See spawn-request.h for the layout.

#include "spawn-request.h"

#include <cstring>
#include <limits>

namespace selectloop {
namespace {

// Takes strings off the front of a text.
class TextReader {
 public:
  TextReader(char* text, size_t size) : at_(text), end_(text + size) {}

  // The next string, or nullptr when there is none with an end.
  char* Next() {
    char* const start = at_;
    void* const nul = start == end_ ? nullptr : memchr(start, 0, static_cast<size_t>(end_ - start));
    if (nul == nullptr) return nullptr;
    at_ = static_cast<char*>(nul) + 1;
    return start;
  }

  bool Take(int32_t count, std::vector<char*>* out) {
    for (int32_t i = 0; i < count; i++) {
      char* const next = Next();
      if (next == nullptr) return false;
      out->push_back(next);
    }
    return true;
  }

  bool AtEnd() const { return at_ == end_; }

 private:
  char* at_;
  char* end_;
};

rlim_t ToLimit(double value) {
  // Written so that NaN is 0: the conversion of what does not fit is undefined.
  if (!(value > 0)) return 0;
  if (value >= static_cast<double>(std::numeric_limits<rlim_t>::max())) return RLIM_INFINITY;
  return static_cast<rlim_t>(value);
}

// The same bits: users above 2^31 exist (4294967294 is "nobody" on some systems).
uint32_t Bits(int32_t value) { return static_cast<uint32_t>(value); }

bool ReadText(char* text, size_t textSize, const int32_t* numbers, SpawnRequest* request) {
  TextReader reader(text, textSize);
  if (!reader.Take(numbers[0], &request->executables)) return false;
  if (!reader.Take(numbers[1], &request->arguments)) return false;
  if (!reader.Take(numbers[2], &request->environment)) return false;
  request->arguments.push_back(nullptr);
  request->environment.push_back(nullptr);
  if (request->Has(kHasDirectory)) {
    request->directory = reader.Next();
    if (request->directory == nullptr) return false;
  }
  return reader.AtEnd();
}

}  // namespace

bool ReadSpawnRequest(char* text, size_t textSize, const int32_t* numbers, size_t numberCount,
                      const double* limits, size_t limitCount, SpawnRequest* request) {
  if (numberCount < kSpawnHeaderNumbers) return false;
  for (const int place : {0, 1, 2, 11, 12, 13}) {
    if (numbers[place] < 0) return false;
  }
  const size_t groups = static_cast<size_t>(numbers[11]);
  const size_t passed = static_cast<size_t>(numbers[12]);
  const size_t resources = static_cast<size_t>(numbers[13]);
  if (numbers[0] == 0 || numbers[1] == 0) return false;
  if (numberCount != kSpawnHeaderNumbers + groups + passed + resources) return false;
  if (limitCount != 2 * resources) return false;
  request->flags = numbers[3];
  for (int i = 0; i < 3; i++) request->stdio[i] = numbers[4 + i];
  request->processGroup = numbers[7];
  request->user = static_cast<uid_t>(Bits(numbers[8]));
  request->group = static_cast<gid_t>(Bits(numbers[9]));
  request->umask = numbers[10];
  request->rows = numbers[14];
  request->columns = numbers[15];
  const int32_t* at = numbers + kSpawnHeaderNumbers;
  for (size_t i = 0; i < groups; i++) request->groups.push_back(static_cast<gid_t>(Bits(*at++)));
  for (size_t i = 0; i < passed; i++) request->passed.push_back(*at++);
  for (size_t i = 0; i < resources; i++) {
    ResourceLimit limit;
    limit.resource = *at++;
    limit.value.rlim_cur = ToLimit(limits[2 * i]);
    limit.value.rlim_max = ToLimit(limits[2 * i + 1]);
    request->limits.push_back(limit);
  }
  return ReadText(text, textSize, numbers, request);
}

}  // namespace selectloop
