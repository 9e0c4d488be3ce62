#include "failure.h"

namespace selectloop {

// ERR_GET_LIB and ERR_GET_REASON, which are inline functions of err.h.
int ErrorLibrary(unsigned long error) { return static_cast<int>((error >> 23) & 0xff); }
int ErrorReason(unsigned long error) { return static_cast<int>(error & 0x7fffff); }

std::string TakeErrors(const openssl::Functions& ssl) {
  std::string text;
  for (unsigned long error = ssl.ERR_get_error(); error != 0; error = ssl.ERR_get_error()) {
    char line[256];
    ssl.ERR_error_string_n(error, line, sizeof line);
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

bool TakeEndOfPem(const openssl::Functions& ssl) {
  const unsigned long error = ssl.ERR_peek_error();
  if (ErrorLibrary(error) != openssl::kLibraryPem || ErrorReason(error) != openssl::kReasonNoStartLine) {
    return error == 0;
  }
  ssl.ERR_clear_error();
  return true;
}

}  // namespace selectloop
