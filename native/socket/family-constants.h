#ifndef SELECTLOOP_SOCKET_FAMILY_CONSTANTS_H_
#define SELECTLOOP_SOCKET_FAMILY_CONSTANTS_H_

#include <napi.h>

namespace selectloop {

// Adds the numbers of the address families beyond IP and unix sockets.
void AddFamilyConstants(Napi::Object constants);

// Adds the numbers of ancillary data, of datagrams and of rarer options.
void AddMessageConstants(Napi::Object constants);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_FAMILY_CONSTANTS_H_
