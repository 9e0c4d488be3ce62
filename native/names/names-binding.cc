// Lookups as JavaScript sees them: NameLookups of src/kernel/kernel.ts. Boxes are small integers, which no
// later box of the environment will ever have again.

#include <node_api.h>

#include <cerrno>
#include <map>
#include <memory>
#include <string>

#include "../address-record.h"
#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "lookup-threads.h"

namespace selectloop {
namespace {

// The boxes that one environment has open.
class LookupBoxes {
 public:
  // The box's handle, or -errno.
  int Open(int32_t* readFd) {
    auto box = std::make_unique<LookupBox>();
    const int result = box->Open();
    if (result < 0) return result;
    *readFd = box->readFd();
    boxes_[next_] = std::move(box);
    return next_++;
  }

  LookupBox* Find(int handle) const {
    const auto found = boxes_.find(handle);
    return found == boxes_.end() ? nullptr : found->second.get();
  }

  int Close(int handle) { return boxes_.erase(handle) == 0 ? -EBADF : 0; }

 private:
  std::map<int, std::unique_ptr<LookupBox>> boxes_;
  int next_ = 0;
};

std::string ToText(const Span<uint8_t>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

napi_value LookupsOpen(napi_env env, napi_callback_info info) {
  Args args(env, info, "lookupsOpen");
  const Span<int32_t> out = args.Int32s(0, "out", 1);
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<LookupBoxes>()->Open(out.data));
}

// (handle, host, service, hints): hints are family, type, protocol, flags.
napi_value LookupsGetaddrinfo(napi_env env, napi_callback_info info) {
  Args args(env, info, "lookupsGetaddrinfo");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> host = args.Bytes(1, "host");
  const Span<uint8_t> service = args.Bytes(2, "service");
  const Span<int32_t> hints = args.Int32s(3, "hints", 4);
  if (!args.ok()) return nullptr;
  LookupBox* box = args.State<LookupBoxes>()->Find(handle);
  if (box == nullptr) return ToJs(env, -EBADF);
  Lookup lookup;
  lookup.host = ToText(host);
  lookup.service = ToText(service);
  lookup.family = LoadOnce(&hints.data[0]);
  lookup.type = LoadOnce(&hints.data[1]);
  lookup.protocol = LoadOnce(&hints.data[2]);
  lookup.flags = LoadOnce(&hints.data[3]);
  return ToJs(env, box->Start(lookup));
}

// (handle, address, addressByteCount, flags): address is a record.
napi_value LookupsGetnameinfo(napi_env env, napi_callback_info info) {
  Args args(env, info, "lookupsGetnameinfo");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> record = args.Bytes(1, "address");
  const int byteCount = args.Int(2, "addressByteCount");
  const int flags = args.Int(3, "flags");
  if (!args.ok()) return nullptr;
  LookupBox* box = args.State<LookupBoxes>()->Find(handle);
  if (box == nullptr) return ToJs(env, -EBADF);
  Lookup lookup;
  lookup.reverse = true;
  lookup.flags = flags;
  const int length = ReadRecordOf(record.data, record.size, byteCount, &lookup.address);
  if (length < 0) return ToJs(env, length == -EFAULT ? -EINVAL : length);
  lookup.addressLength = static_cast<socklen_t>(length);
  return ToJs(env, box->Start(lookup));
}

napi_value LookupsTake(napi_env env, napi_callback_info info) {
  Args args(env, info, "lookupsTake");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> out = args.Bytes(1, "out");
  if (!args.ok()) return nullptr;
  LookupBox* box = args.State<LookupBoxes>()->Find(handle);
  if (box == nullptr) return ToJs(env, -EBADF);
  if (out.size < kAnswerHeaderBytes) return ToJs(env, -EINVAL);
  return ToJs(env, box->Take(out.data, out.size));
}

napi_value LookupsAbandon(napi_env env, napi_callback_info info) {
  Args args(env, info, "lookupsAbandon");
  const int handle = args.Int(0, "handle");
  const int id = args.Int(1, "id");
  if (!args.ok()) return nullptr;
  LookupBox* box = args.State<LookupBoxes>()->Find(handle);
  if (box == nullptr) return ToJs(env, -EBADF);
  box->Abandon(id);
  return ToJs(env, 0);
}

napi_value LookupsClose(napi_env env, napi_callback_info info) {
  Args args(env, info, "lookupsClose");
  const int handle = args.Int(0, "handle");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<LookupBoxes>()->Close(handle));
}

}  // namespace

void RegisterNames(Napi::Env env, Napi::Object exports) {
  LookupBoxes* boxes = NewEnvironmentState<LookupBoxes>(env);
  Export(env, exports, "lookupsOpen", LookupsOpen, boxes);
  Export(env, exports, "lookupsGetaddrinfo", LookupsGetaddrinfo, boxes);
  Export(env, exports, "lookupsGetnameinfo", LookupsGetnameinfo, boxes);
  Export(env, exports, "lookupsTake", LookupsTake, boxes);
  Export(env, exports, "lookupsAbandon", LookupsAbandon, boxes);
  Export(env, exports, "lookupsClose", LookupsClose, boxes);
}

}  // namespace selectloop
