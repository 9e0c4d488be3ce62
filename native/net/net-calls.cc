// Network interfaces: NetCalls of src/kernel/message-calls.ts, name by name.

#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"

namespace selectloop {
namespace {

// An entry of the list of interfaces: its index, and its name padded with NUL.
constexpr size_t kEntryBytes = 4 + IF_NAMESIZE;
static_assert(IF_NAMESIZE == 16, "src/addresses/interfaces.ts counts on it");

constexpr size_t kNameBytesMax = 256;

napi_value IfNameIndex(napi_env env, napi_callback_info info) {
  Args args(env, info, "ifNameindex");
  const Span<uint8_t> out = args.Bytes(0, "out");
  if (!args.ok()) return nullptr;
  struct if_nameindex* const interfaces = if_nameindex();
  if (interfaces == nullptr) return ToJs(env, OrErrno(-1));
  size_t count = 0;
  for (const struct if_nameindex* each = interfaces; each->if_index != 0; each++, count++) {
    if (out.size / kEntryBytes <= count) continue;
    uint8_t* entry = out.data + count * kEntryBytes;
    const uint32_t index = each->if_index;
    memcpy(entry, &index, sizeof index);
    memset(entry + 4, 0, IF_NAMESIZE);
    memcpy(entry + 4, each->if_name, std::min<size_t>(strlen(each->if_name), IF_NAMESIZE));
  }
  if_freenameindex(interfaces);
  return ToJs(env, static_cast<int32_t>(count));
}

napi_value IfNameToIndex(napi_env env, napi_callback_info info) {
  Args args(env, info, "ifNametoindex");
  char name[kNameBytesMax] = "";
  args.Text(0, "name", name, sizeof name);
  if (!args.ok()) return nullptr;
  errno = 0;
  const unsigned int index = if_nametoindex(name);
  // musl leaves errno alone for an empty name.
  if (index == 0) return ToJs(env, errno == 0 ? -ENODEV : -errno);
  return ToJs(env, static_cast<int32_t>(index));
}

napi_value IfIndexToName(napi_env env, napi_callback_info info) {
  Args args(env, info, "ifIndextoname");
  const int index = args.Int(0, "index");
  const Span<uint8_t> out = args.Bytes(1, "out");
  if (!args.ok()) return nullptr;
  if (out.size < IF_NAMESIZE) return ToJs(env, -EFAULT);
  char name[IF_NAMESIZE] = "";
  if (if_indextoname(static_cast<unsigned int>(index), name) == nullptr) return ToJs(env, OrErrno(-1));
  const size_t length = strnlen(name, sizeof name);
  memcpy(out.data, name, length);
  return ToJs(env, static_cast<int32_t>(length));
}

}  // namespace

void RegisterNetCalls(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "ifNameindex", IfNameIndex);
  Export(env, exports, "ifNametoindex", IfNameToIndex);
  Export(env, exports, "ifIndextoname", IfIndexToName);
}

}  // namespace selectloop
