// Many sends in one call: the counterpart of recvEach, for streams and for messages.

#include "send-each.h"

#include <cerrno>

#include "../address-record.h"
#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "batch.h"
#include "transfer.h"

namespace selectloop {
namespace {

// A request: a descriptor, how many bytes, and how long the address record is that lies before them. The
// result takes the place of the second.
constexpr size_t kWords = 3;

struct Part {
  int fd;
  int result;
  Datagram datagram;
};

bool IsFull(int result) { return result == -EAGAIN || result == -EWOULDBLOCK; }

// Reads a request whose part begins at `memory`. The bytes it takes there; -1 when it says more than there
// is.
ssize_t Load(const int32_t* request, uint8_t* memory, size_t room, Part* part) {
  const int wanted = LoadOnce(request + 1);
  const int recordByteCount = LoadOnce(request + 2);
  if (wanted < 0 || recordByteCount < 0) return -1;
  const size_t before = static_cast<size_t>(recordByteCount);
  const size_t byteCount = static_cast<size_t>(wanted);
  if (before > room || byteCount > room - before) return -1;
  part->fd = LoadOnce(request);
  part->result = 0;
  part->datagram.part = {memory + before, byteCount};
  part->datagram.addressByteCount = 0;
  if (before > 0) {
    const int length = ReadRecordOf(memory, before, before, &part->datagram.address);
    if (length < 0) {
      part->result = length;
    } else {
      part->datagram.addressByteCount = static_cast<socklen_t>(length);
    }
  }
  return static_cast<ssize_t>(before + byteCount);
}

int SendOne(const Part& part) {
  const iovec& bytes = part.datagram.part;
  return static_cast<int>(
      RetryOnEintr([&] { return send(part.fd, bytes.iov_base, bytes.iov_len, kSendFlags); }));
}

// Sends messages of one socket. How many were tried: not those behind one for which there was no room.
//
// A sendmmsg that stops at a message loses its error (sendmmsg(2)), and the message is tried again. What the
// system has against the message is then said again. What it had to say of an earlier one (ECONNREFUSED)
// would be lost; only a connected socket hears of that, and its messages have no address and do not come
// here.
int SendRun(Part* parts, int count) {
  Datagram run[kBatchMax];
  for (int i = 0; i < count; i++) run[i] = parts[i].datagram;
  int done = 0;
  while (done < count) {
    const int sent = SendBatch(parts->fd, run + done, count - done, kSendFlags);
    for (int i = 0; i < sent; i++, done++) parts[done].result = static_cast<int>(run[done].part.iov_len);
    if (sent > 0) continue;
    parts[done++].result = sent;
    if (IsFull(sent)) break;
  }
  return done;
}

// How many of the parts are messages with addresses, all of the first one's socket.
int RunOf(const Part* parts, int count) {
  int length = 0;
  while (length < count && parts[length].datagram.addressByteCount > 0 && parts[length].fd == parts->fd) {
    length++;
  }
  return length;
}

// Sends all. Where there is no room for a message, those of its socket behind it are not tried: nothing
// overtakes it.
void SendAll(Part* parts, int count) {
  bool anyFull = false;
  for (int i = 0; i < count;) {
    Part& part = parts[i];
    for (int j = 0; anyFull && j < i; j++) {
      if (parts[j].fd == part.fd && IsFull(parts[j].result)) part.result = -EAGAIN;
    }
    if (part.result < 0) {
      i++;
      continue;
    }
    const int run = RunOf(parts + i, count - i);
    if (run == 0) part.result = SendOne(part);
    i += run == 0 ? 1 : SendRun(&part, run);
    anyFull = anyFull || IsFull(parts[i - 1].result);
  }
}

// Each socket is sent its part of what lies side by side. A part that is not taken whole does not move those
// behind it.
napi_value SendEach(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendEach");
  const Span<int32_t> requests = args.Int32s(0, "requests", kWords);
  const Span<uint8_t> memory = args.Bytes(1, "buffer");
  const int wanted = args.Int(2, "count");
  if (!args.ok()) return nullptr;
  if (wanted < 0 || wanted > kBatchMax || static_cast<size_t>(wanted) > requests.size / kWords) {
    return ToJs(env, -EINVAL);
  }
  Part parts[kBatchMax];
  int count = 0;
  size_t used = 0;
  while (count < wanted) {
    const int32_t* const request = requests.data + kWords * static_cast<size_t>(count);
    const ssize_t byteCount = Load(request, memory.data + used, memory.size - used, &parts[count]);
    if (byteCount < 0) break;
    used += static_cast<size_t>(byteCount);
    count++;
  }
  SendAll(parts, count);
  for (int i = 0; i < count; i++) requests.data[kWords * static_cast<size_t>(i) + 1] = parts[i].result;
  return ToJs(env, count);
}

}  // namespace

void RegisterSendEach(Napi::Env env, Napi::Object exports) { Export(env, exports, "sendEach", SendEach); }

}  // namespace selectloop
