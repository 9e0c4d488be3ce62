// A row of buffers as one argument: what sendmsg gathers from and recvmsg scatters to.

#ifndef SELECTLOOP_SOCKET_PARTS_H_
#define SELECTLOOP_SOCKET_PARTS_H_

#include <node_api.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace selectloop {

// What Linux (UIO_MAXIOV) and the BSDs (IOV_MAX) allow.
constexpr uint32_t kPartsMax = 1024;

// Reads an array of Uint8Arrays into `parts`, which has room for `partsMax`. How many there are, -EMSGSIZE
// when too many, -EFAULT when one is something else. The array is TypeScript's own, without getters: reading
// it runs no code that could take the memory away.
inline int ReadParts(napi_env env, napi_value array, iovec* parts, uint32_t partsMax) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok) return -EFAULT;
  if (count > partsMax) return -EMSGSIZE;
  for (uint32_t index = 0; index < count; index++) {
    napi_value value = nullptr;
    napi_typedarray_type type = napi_int8_array;
    iovec& part = parts[index];
    if (napi_get_element(env, array, index, &value) != napi_ok) return -EFAULT;
    if (napi_get_typedarray_info(env, value, &type, &part.iov_len, &part.iov_base, nullptr, nullptr) !=
        napi_ok) {
      return -EFAULT;
    }
    if (type != napi_uint8_array) return -EFAULT;
  }
  return static_cast<int>(count);
}

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_PARTS_H_
