// A queue of buffers in one send: sendv of src/kernel/kernel.ts. sendmsg(2) and not writev(2), which on a
// socket has no flag against SIGPIPE.

#include "send-gathered.h"

#include <sys/socket.h>

#include "../args.h"
#include "../gather.h"
#include "../result.h"
#include "../room.h"
#include "transfer.h"

namespace selectloop {
namespace {

napi_value SendV(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendv");
  const int fd = args.Int(0, "fd");
  Gather gather(&args, 1);
  const int flags = args.Int(5, "flags");
  if (!args.ok()) return nullptr;
  msghdr message{};
  message.msg_iov = gather.pieces();
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(gather.count());
  const ssize_t result = RetryOnEintr([&] { return sendmsg(fd, &message, flags | kSendFlags); });
  return ToJs(env, static_cast<int32_t>(result));
}

}  // namespace

void RegisterSendGathered(Napi::Env env, Napi::Object exports) { Export(env, exports, "sendv", SendV); }

}  // namespace selectloop
