// Many sends in one call: the counterpart of recvEach, for streams and for messages.

#include "send-each.h"

#include <cerrno>

#include "../address-record.h"
#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "batch.h"
#include "send-segments.h"
#include "transfer.h"

namespace selectloop {
namespace {

// A request: a descriptor, how many bytes, and how long the address record is that lies before them. The
// result takes the place of the second.
constexpr int kWords = 3;

struct Part {
  int fd;
  size_t byteCount;
  size_t recordByteCount;
};

bool IsFull(int result) { return result == -EAGAIN || result == -EWOULDBLOCK; }

// Reads a request; false when it says more than there is.
bool Load(const int32_t* request, size_t room, Part* part) {
  const int byteCount = LoadOnce(request + 1);
  const int recordByteCount = LoadOnce(request + 2);
  if (byteCount < 0 || recordByteCount < 0) return false;
  *part = {LoadOnce(request), static_cast<size_t>(byteCount), static_cast<size_t>(recordByteCount)};
  return part->recordByteCount <= room && part->byteCount <= room - part->recordByteCount;
}

// Parts of one socket, which follow each other only if they are messages.
struct Run {
  Datagram datagrams[kBatchMax];
  size_t ends[kBatchMax];  // where each ends in the memory of all
  int count = 0;
};

// Reads the parts that `request` and those behind it have for the first one's socket, all with an address or
// all without. The run is empty when the first one's address is none: then the answer is what is wrong with
// it.
int LoadRun(const int32_t* request, int count, Span<uint8_t> memory, Run* run) {
  const int fd = LoadOnce(request);
  const bool hasAddress = LoadOnce(request + 2) > 0;
  size_t used = 0;
  for (Part part; run->count < count; request += kWords) {
    if (!Load(request, memory.size - used, &part) || part.fd != fd) break;
    if ((part.recordByteCount > 0) != hasAddress) break;
    Datagram& datagram = run->datagrams[run->count];
    uint8_t* const record = memory.data + used;
    datagram.addressByteCount = 0;
    if (hasAddress) {
      const size_t size = part.recordByteCount;
      const int length = ReadRecordOf(record, size, size, &datagram.address);
      if (length < 0) return length;
      datagram.addressByteCount = static_cast<socklen_t>(length);
    }
    datagram.part = {record + part.recordByteCount, part.byteCount};
    used += part.recordByteCount + part.byteCount;
    run->ends[run->count++] = used;
  }
  return 0;
}

// Sends some of several messages: how many, or -errno of the first.
//
// A sendmmsg that stops at a message loses its error (sendmmsg(2)), and the message is tried again. What the
// system has against the message is then said again. What it had to say of an earlier one (ECONNREFUSED)
// would be lost. Only a connected socket hears of that, so its messages go one by one.
int SendSome(int fd, Datagram* messages, int count) {
  const int segments = SendSegments(fd, messages, count);
  if (segments != 0) return segments;
  if (messages->addressByteCount > 0) return SendBatch(fd, messages, count, kSendFlags);
  const iovec& bytes = messages->part;
  const ssize_t sent = RetryOnEintr([&] { return send(fd, bytes.iov_base, bytes.iov_len, kSendFlags); });
  return sent < 0 ? static_cast<int>(sent) : 1;
}

// Sends a run. How many were tried: not those behind one for which there was no room.
int SendRun(int fd, Run* run, int32_t* requests) {
  int done = 0;
  while (done < run->count) {
    const int sent = SendSome(fd, run->datagrams + done, run->count - done);
    for (int i = 0; i < sent; i++, done++) {
      requests[kWords * done + 1] = static_cast<int32_t>(run->datagrams[done].part.iov_len);
    }
    if (sent > 0) continue;
    requests[kWords * done++ + 1] = sent;
    if (IsFull(sent)) break;
  }
  return done;
}

// As above, of the messages from `requests` on. `used` is moved behind those that were tried.
int SendMessages(int32_t* requests, int count, Span<uint8_t> memory, size_t* used) {
  Run run;
  const Span<uint8_t> rest{memory.data + *used, memory.size - *used};
  const int failure = LoadRun(requests, count, rest, &run);
  if (run.count == 0) {
    Part part;
    if (Load(requests, rest.size, &part)) *used += part.recordByteCount + part.byteCount;
    requests[1] = failure;
    return 1;
  }
  const int tried = SendRun(LoadOnce(requests), &run, requests);
  *used += run.ends[tried - 1];
  return tried;
}

// Whether there was no room for a part of the same socket.
bool IsBehindFull(const int32_t* requests, int index, int fd) {
  for (int i = 0; i < index; i++) {
    if (requests[kWords * i] == fd && IsFull(requests[kWords * i + 1])) return true;
  }
  return false;
}

// Each socket is sent its part of what lies side by side. A part that is not taken whole does not move those
// behind it; where there is no room for a part, those of its socket behind it are not tried, so that nothing
// overtakes it.
napi_value SendEach(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendEach");
  const Span<int32_t> requests = args.Int32s(0, "requests", kWords);
  const Span<uint8_t> memory = args.Bytes(1, "buffer");
  const int count = args.Int(2, "count");
  if (!args.ok()) return nullptr;
  if (count < 0 || count > kBatchMax || static_cast<size_t>(count) > requests.size / kWords) {
    return ToJs(env, -EINVAL);
  }
  size_t used = 0;
  bool anyFull = false;
  for (int i = 0; i < count;) {
    int32_t* const request = requests.data + kWords * i;
    Part part;
    if (!Load(request, memory.size - used, &part)) return ToJs(env, i);
    if (anyFull && IsBehindFull(requests.data, i, part.fd)) {
      request[1] = -EAGAIN;
      used += part.recordByteCount + part.byteCount;
      i++;
    } else if (part.recordByteCount > 0 || (i + 1 < count && LoadOnce(request + kWords) == part.fd)) {
      i += SendMessages(request, count - i, memory, &used);
    } else {
      const uint8_t* const data = memory.data + used;
      const ssize_t result = RetryOnEintr([&] { return send(part.fd, data, part.byteCount, kSendFlags); });
      request[1] = static_cast<int32_t>(result);
      used += part.byteCount;
      i++;
    }
    anyFull = anyFull || IsFull(requests.data[kWords * (i - 1) + 1]);
  }
  return ToJs(env, count);
}

}  // namespace

void RegisterSendEach(Napi::Env env, Napi::Object exports) { Export(env, exports, "sendEach", SendEach); }

}  // namespace selectloop
