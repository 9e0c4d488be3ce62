// A table of constants: names, and the numbers that the running system gives them.

#ifndef SELECTLOOP_CONSTANT_TABLE_H_
#define SELECTLOOP_CONSTANT_TABLE_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace selectloop {

struct Constant {
  const char* name;
  int64_t value;
};

template <size_t kCount>
void AddConstants(Napi::Object object, const Constant (&constants)[kCount]) {
  for (const Constant& constant : constants) {
    object.Set(constant.name, static_cast<double>(constant.value));
  }
}

}  // namespace selectloop

// For tables only, where a name a line is all there is to read.
#define ENTRY(name) {#name, static_cast<int64_t>(name)},

#endif  // SELECTLOOP_CONSTANT_TABLE_H_
