// What one environment has of TLS: contexts and connections as integers, and the words of the last refusal.

#ifndef SELECTLOOP_TLS_TLS_STATE_H_
#define SELECTLOOP_TLS_TLS_STATE_H_

#include <napi.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../args.h"
#include "../result.h"
#include "connection.h"
#include "context.h"
#include "failure.h"
#include "openssl.h"

namespace selectloop {

// Objects as integers. A handle is the number of a slot and, above it, how often the slot was used before: a
// handle that was closed finds nothing until its slot has been reused 2048 times.
template <typename T>
class HandleTable {
 public:
  // -EMFILE when a million are open.
  int Add(std::shared_ptr<T> object) {
    if (free_.empty()) {
      if (slots_.size() > kSlotMask) return -EMFILE;
      free_.push_back(static_cast<int>(slots_.size()));
      slots_.emplace_back();
    }
    const int slot = free_.back();
    free_.pop_back();
    Slot& entry = slots_[static_cast<size_t>(slot)];
    entry.object = std::move(object);
    return entry.uses << kSlotBits | slot;
  }

  // Empty when there is none.
  const std::shared_ptr<T>& Find(int handle) const {
    static const std::shared_ptr<T> kNone;
    const size_t slot = static_cast<size_t>(handle & kSlotMask);
    if (handle < 0 || slot >= slots_.size() || slots_[slot].uses != handle >> kSlotBits) return kNone;
    return slots_[slot].object;
  }

  int Remove(int handle) {
    if (Find(handle) == nullptr) return -EBADF;
    Slot& entry = slots_[static_cast<size_t>(handle & kSlotMask)];
    entry.object = nullptr;
    entry.uses = (entry.uses + 1) & kUsesMask;
    free_.push_back(handle & kSlotMask);
    return 0;
  }

 private:
  static constexpr int kSlotBits = 20;
  static constexpr int kSlotMask = (1 << kSlotBits) - 1;
  static constexpr int kUsesMask = (1 << (31 - kSlotBits)) - 1;

  struct Slot {
    std::shared_ptr<T> object;
    int uses = 0;
  };

  std::vector<Slot> slots_;
  std::vector<int> free_;
};

struct TlsState {
  // nullptr until Load(): then no handle exists either.
  const openssl::Functions* ssl = nullptr;
  HandleTable<TlsContext> contexts;
  HandleTable<TlsConnection> connections;
  std::string lastErrors;

  // Looks OpenSSL up, at the first use: most programs never need it. False where the process has none that we
  // can use; the words say why.
  bool Load() {
    const char* problem = nullptr;
    if (ssl == nullptr) ssl = openssl::Find(&problem);
    if (ssl == nullptr) lastErrors = problem;
    return ssl != nullptr;
  }

  // Does `act` with an empty queue of errors, and leaves it empty. The words of a refusal are kept: those in
  // the queue, or those that the connection has kept itself.
  template <typename Act>
  int Guarded(Act act, const TlsConnection* connection = nullptr) {
    ssl->ERR_clear_error();
    const int result = act();
    if (result == -EPROTO || result == -ECONNABORTED) {
      lastErrors = TakeErrors(*ssl);
      if (lastErrors.empty() && connection != nullptr) lastErrors = connection->words();
    }
    ssl->ERR_clear_error();
    return result;
  }
};

// Writes `text` to `out` if all of it fits. Answers its size either way.
inline napi_value CopyOut(napi_env env, const std::string& text, const Span<uint8_t>& out) {
  if (!text.empty() && text.size() <= out.size) memcpy(out.data, text.data(), text.size());
  return ToJs(env, static_cast<int32_t>(text.size()));
}

inline Piece ToPiece(const Span<uint8_t>& bytes) { return Piece{bytes.data, bytes.size}; }

inline std::string ToText(const Span<uint8_t>& bytes) {
  return bytes.size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

void RegisterTlsContextCalls(Napi::Env env, Napi::Object exports, TlsState* state);
void RegisterTlsConnectionCalls(Napi::Env env, Napi::Object exports, TlsState* state);

}  // namespace selectloop

#endif  // SELECTLOOP_TLS_TLS_STATE_H_
