#include "openssl.h"

#include <dlfcn.h>

namespace selectloop {
namespace openssl {
namespace {

struct Found {
  Functions functions;
  const char* problem = nullptr;
};

// The major version is in the highest four bits since 3.0. LibreSSL and BoringSSL say 1 or 2 there.
constexpr unsigned long kMajor = 3;

Found Search() {
  Found found;
  // RTLD_DEFAULT: node's own executable first, then the libraries that it was linked to.
#define SELECTLOOP_OPENSSL_FIND(result, name, parameters)                                    \
  found.functions.name = reinterpret_cast<result(*) parameters>(dlsym(RTLD_DEFAULT, #name)); \
  if (found.functions.name == nullptr && found.problem == nullptr) {                         \
    found.problem = "it does not export " #name;                                             \
  }
  SELECTLOOP_OPENSSL_FUNCTIONS(SELECTLOOP_OPENSSL_FIND)
#undef SELECTLOOP_OPENSSL_FIND
  if (found.problem == nullptr && found.functions.OpenSSL_version_num() >> 28 != kMajor) {
    found.problem = "its TLS library is not OpenSSL 3";
  }
  return found;
}

}  // namespace

const Functions* Find(const char** problem) {
  static const Found found = Search();
  *problem = found.problem;
  return found.problem == nullptr ? &found.functions : nullptr;
}

}  // namespace openssl
}  // namespace selectloop
