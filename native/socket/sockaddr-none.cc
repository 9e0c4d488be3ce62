// Systems that have none of Linux's own families.

#include <cerrno>

#include "../address-record.h"
#include "sockaddr-linux.h"

namespace selectloop {

bool IsLinuxFamily(int /*family*/) { return false; }

int ReadLinuxRecord(const uint8_t* /*record*/, size_t /*byteCount*/, int /*family*/,
                    sockaddr_storage* /*address*/) {
  return -EAFNOSUPPORT;
}

size_t WriteLinuxRecord(int /*fd*/, const sockaddr_storage& /*address*/, size_t /*length*/,
                        uint8_t* /*record*/) {
  return kRecordHeaderBytes;
}

}  // namespace selectloop
