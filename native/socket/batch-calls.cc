// Many messages in one call. The second half of MessageCalls of src/kernel/message-calls.ts, name by name.

#include "batch-calls.h"

#include <algorithm>
#include <cerrno>

#include "../address-record.h"
#include "../args.h"
#include "../result.h"
#include "../room.h"
#include "batch.h"
#include "transfer.h"

namespace selectloop {
namespace {

// Between the records of one call: ADDRESS_RECORD_BYTES of src/addresses/address-record.ts, the same on every
// system.
constexpr size_t kRecordStride = 264;
static_assert(kRecordStride >= kRecordBytesMax, "a record must fit its place");

// Receives up to kBatchMax messages into slots of `slotByteCount` bytes.
int ReceiveSome(int fd, uint8_t* slots, size_t slotByteCount, int count, int flags, int32_t* results,
                uint8_t* records) {
  Datagram datagrams[kBatchMax];
  for (int i = 0; i < count; i++) {
    Datagram& datagram = datagrams[i];
    datagram.part.iov_base = slots + static_cast<size_t>(i) * slotByteCount;
    datagram.part.iov_len = slotByteCount;
    datagram.addressByteCount = records == nullptr ? 0 : sizeof datagram.address;
  }
  const int received = ReceiveBatch(fd, datagrams, count, flags);
  for (int i = 0; i < received; i++) {
    const Datagram& datagram = datagrams[i];
    // MSG_TRUNC among the flags makes Linux tell the true length of what it cut.
    results[2 * i] = static_cast<int32_t>(std::min(datagram.byteCount, slotByteCount));
    results[2 * i + 1] = datagram.flags;
    if (records == nullptr) continue;
    WriteRecord(datagram.address, datagram.addressByteCount, records + static_cast<size_t>(i) * kRecordStride,
                fd);
  }
  return received;
}

napi_value RecvMany(napi_env env, napi_callback_info info) {
  Args args(env, info, "recvMany");
  const int fd = args.Int(0, "fd");
  const Span<uint8_t> slots = args.Bytes(1, "buffer");
  const int slotByteCount = args.Int(2, "slotByteCount");
  const int flags = args.Int(3, "flags");
  const Span<int32_t> results = args.Int32s(4, "results", 2);
  const Span<uint8_t> records = args.Bytes(5, "addresses");
  if (!args.ok()) return nullptr;
  if (slotByteCount < 1) return ToJs(env, -EINVAL);
  const size_t slotBytes = static_cast<size_t>(slotByteCount);
  const size_t wanted = std::min(results.size / 2, slots.size / slotBytes);
  if (wanted == 0 || (records.size > 0 && records.size / kRecordStride < wanted)) return ToJs(env, -EFAULT);
  size_t done = 0;
  while (done < wanted) {
    const int count = static_cast<int>(std::min<size_t>(wanted - done, kBatchMax));
    uint8_t* out = records.size == 0 ? nullptr : records.data + done * kRecordStride;
    const int received =
        ReceiveSome(fd, slots.data + done * slotBytes, slotBytes, count, flags, results.data + 2 * done, out);
    if (received < 0 && done == 0) return ToJs(env, received);
    // Fewer than asked for: the queue is empty, and another call would only find that out again.
    if (received > 0) done += static_cast<size_t>(received);
    if (received < count) break;
  }
  return ToJs(env, static_cast<int32_t>(done));
}

napi_value SendMany(napi_env env, napi_callback_info info) {
  Args args(env, info, "sendMany");
  const int fd = args.Int(0, "fd");
  const int flags = args.Int(2, "flags");
  const int stride = args.Int(4, "addressStride");
  iovec parts[kBatchMax];
  const int count = args.AllPieces(1, parts);
  const Span<uint8_t> records = args.Bytes(3, "addresses");
  if (!args.ok()) return nullptr;
  if (count < 0) return ToJs(env, count);
  Datagram datagrams[kBatchMax];
  for (int i = 0; i < count; i++) {
    Datagram& datagram = datagrams[i];
    datagram.part = parts[i];
    datagram.addressByteCount = 0;
    if (records.size == 0) continue;
    const size_t at = static_cast<size_t>(i) * static_cast<size_t>(stride);
    if (stride < 0 || at > records.size || records.size - at < kRecordHeaderBytes) return ToJs(env, -EFAULT);
    const int length = ReadRecordAt(records.data + at, records.size - at, &datagram.address);
    if (length < 0) return ToJs(env, length);
    datagram.addressByteCount = static_cast<socklen_t>(length);
  }
  return ToJs(env, count == 0 ? 0 : SendBatch(fd, datagrams, count, flags | kSendFlags));
}

}  // namespace

void RegisterBatchCalls(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "recvMany", RecvMany);
  Export(env, exports, "sendMany", SendMany);
}

}  // namespace selectloop
