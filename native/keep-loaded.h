// Holds our own library in memory for good. Node closes the library of an addon when the last environment
// that loaded it ends; code of ours that may still run then (a signal handler, a thread that cannot be
// stopped) would be gone.

#ifndef SELECTLOOP_KEEP_LOADED_H_
#define SELECTLOOP_KEEP_LOADED_H_

#include <dlfcn.h>

namespace selectloop {

// `code`: any function of ours.
inline void KeepLibraryLoaded(const void* code) {
  Dl_info library = {};
  if (dladdr(code, &library) == 0 || library.dli_fname == nullptr) return;
  static void* const handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_LOCAL);
  static_cast<void>(handle);
}

}  // namespace selectloop

#endif  // SELECTLOOP_KEEP_LOADED_H_
