// Reads the arguments of a call. The only TypeErrors and RangeErrors of native/ are thrown here, and each
// means a bug of ours: TypeScript validates and explains, C++ trusts and calls.
//
//   napi_value Listen(napi_env env, napi_callback_info info) {
//     Args args(env, info, "listen");
//     const int fd = args.Int(0, "fd");
//     const int backlog = args.Int(1, "backlog");
//     if (!args.ok()) return nullptr;  // the exception is pending
//     return ToJs(env, OrErrno(listen(fd, backlog)));
//   }

#ifndef SELECTLOOP_ARGS_H_
#define SELECTLOOP_ARGS_H_

#include <node_api.h>
#include <sys/uio.h>

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace selectloop {

// Memory that JavaScript owns. Valid until JavaScript runs again: until the call returns, or reads an element
// of a list (see Args::Pieces). If it is shared memory, other threads may change its contents at any moment,
// so whatever is checked first and used later is copied or loaded once: LoadOnce, ReadRecordOf, SentControl.
template <typename T>
struct Span {
  T* data = nullptr;
  size_t size = 0;  // elements
};

// A word of memory that another thread may be changing: read exactly once, whatever the optimizer thinks.
inline int32_t LoadOnce(const int32_t* word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }

class Args {
 public:
  static constexpr size_t kCountMax = 8;

  // `call` is the exported name, for messages.
  Args(napi_env env, napi_callback_info info, const char* call) : env_(env), call_(call) {
    size_t count = kCountMax;
    // Arguments that were not passed arrive as undefined, and fail below like any other wrong type.
    ok_ = napi_get_cb_info(env, info, &count, values_, nullptr, &state_) == napi_ok;
  }

  Args(const Args&) = delete;
  Args& operator=(const Args&) = delete;

  // False once an argument did not fit; its exception is pending and the other readers have answered zeros.
  bool ok() const { return ok_; }

  // What the room passed to Export.
  template <typename T>
  T* State() const {
    return static_cast<T*>(state_);
  }

  napi_value Raw(size_t index) const { return values_[index]; }

  // Exactly the number that was passed: napi_get_value_int32 would make 0 of NaN, which is a descriptor, and
  // the low bits of what is too large.
  int32_t Int(size_t index, const char* name) {
    double value = 0;
    const bool isNumber = napi_get_value_double(env_, values_[index], &value) == napi_ok;
    if (isNumber && value >= INT32_MIN && value <= INT32_MAX) {
      const int32_t integer = static_cast<int32_t>(value);
      if (integer == value) return integer;
    }
    Fail(index, name, isNumber ? "a 32-bit integer" : "a number");
    return 0;
  }

  double Double(size_t index, const char* name) {
    double value = 0;
    if (napi_get_value_double(env_, values_[index], &value) != napi_ok) Fail(index, name, "a number");
    return value;
  }

  bool Bool(size_t index, const char* name) {
    bool value = false;
    if (napi_get_value_bool(env_, values_[index], &value) != napi_ok) Fail(index, name, "a boolean");
    return value;
  }

  napi_value Function(size_t index, const char* name) {
    napi_valuetype type = napi_undefined;
    if (napi_typeof(env_, values_[index], &type) != napi_ok || type != napi_function) {
      Fail(index, name, "a function");
    }
    return values_[index];
  }

  // A string, cut to fit `out` with its final NUL. For short names.
  void Text(size_t index, const char* name, char* out, size_t outSize) {
    if (napi_get_value_string_utf8(env_, values_[index], out, outSize, nullptr) != napi_ok) {
      Fail(index, name, "a string");
    }
  }

  // The memory of the Uint8Arrays in the list at `index`, `count` of them from element `first` on, into
  // `out`. 0, or -EFAULT when an element is something else. Leaves it to the caller to answer or to throw
  // that.
  //
  // Reading an element may run JavaScript (a getter, a Proxy), which may take away any memory that was looked
  // at before. So all elements are taken first and their memory is looked at afterwards, and the same holds
  // for the other arguments: a call that reads pieces after Int32s, Bytes or BytesRange fails every time.
  template <size_t kCount>
  int Pieces(size_t index, uint32_t first, size_t count, iovec (&out)[kCount]) {
    napi_value elements[kCount];
    if (hasLookedAtMemory_) Fail(index, "a list", "read before the memory of other arguments");
    if (!ok_ || count > kCount) return -EFAULT;
    for (size_t i = 0; i < count; i++) {
      const uint32_t element = first + static_cast<uint32_t>(i);
      if (napi_get_element(env_, values_[index], element, &elements[i]) != napi_ok) return -EFAULT;
    }
    for (size_t i = 0; i < count; i++) {
      napi_typedarray_type type = napi_int8_array;
      if (napi_get_typedarray_info(env_, elements[i], &type, &out[i].iov_len, &out[i].iov_base, nullptr,
                                   nullptr) != napi_ok ||
          type != napi_uint8_array) {
        return -EFAULT;
      }
    }
    return 0;
  }

  // As above, all elements of the array at `index`: how many. -EMSGSIZE when `out` has too little room.
  template <size_t kCount>
  int AllPieces(size_t index, iovec (&out)[kCount]) {
    uint32_t count = 0;
    if (napi_get_array_length(env_, values_[index], &count) != napi_ok) return -EFAULT;
    if (count > kCount) return -EMSGSIZE;
    const int result = Pieces(index, 0, count, out);
    return result < 0 ? result : static_cast<int>(count);
  }

  // A list that Pieces refused, where TypeScript has promised a good one.
  void FailPieces(size_t index, const char* name) {
    Fail(index, name, "an array of Uint8Arrays that is long enough");
  }

  // An Int32Array of at least `sizeMin` elements, over an ArrayBuffer or a SharedArrayBuffer.
  Span<int32_t> Int32s(size_t index, const char* name, size_t sizeMin) {
    hasLookedAtMemory_ = true;
    Span<int32_t> span;
    void* data = nullptr;
    napi_typedarray_type type = napi_int8_array;
    if (napi_get_typedarray_info(env_, values_[index], &type, &span.size, &data, nullptr, nullptr) !=
            napi_ok ||
        type != napi_int32_array || span.size < sizeMin) {
      Fail(index, name, "an Int32Array that is long enough");
      return Span<int32_t>();
    }
    span.data = static_cast<int32_t*>(data);
    return span;
  }

  // A Uint8Array; a Buffer is one.
  Span<uint8_t> Bytes(size_t index, const char* name) {
    hasLookedAtMemory_ = true;
    Span<uint8_t> span;
    void* data = nullptr;
    napi_typedarray_type type = napi_int8_array;
    if (napi_get_typedarray_info(env_, values_[index], &type, &span.size, &data, nullptr, nullptr) !=
            napi_ok ||
        type != napi_uint8_array) {
      Fail(index, name, "a Uint8Array");
      return Span<uint8_t>();
    }
    span.data = static_cast<uint8_t*>(data);
    return span;
  }

  // A Float64Array.
  Span<double> Doubles(size_t index, const char* name) {
    hasLookedAtMemory_ = true;
    Span<double> span;
    void* data = nullptr;
    napi_typedarray_type type = napi_int8_array;
    if (napi_get_typedarray_info(env_, values_[index], &type, &span.size, &data, nullptr, nullptr) !=
            napi_ok ||
        type != napi_float64_array) {
      Fail(index, name, "a Float64Array");
      return Span<double>();
    }
    span.data = static_cast<double*>(data);
    return span;
  }

  // The part `[offset, offset + byteCount)` of the Uint8Array at `index`, where `offset` and `byteCount` are
  // the two arguments after it. A part that does not lie inside the array is a RangeError: it would be memory
  // of others.
  Span<uint8_t> BytesRange(size_t index, const char* name) {
    Span<uint8_t> span = Bytes(index, name);
    const double offset = Double(index + 1, "offset");
    const double byteCount = Double(index + 2, "byteCount");
    if (!ok_) return Span<uint8_t>();
    const double size = static_cast<double>(span.size);
    // Written so that NaN fails each comparison.
    const bool inside = offset >= 0 && byteCount >= 0 && offset <= size && byteCount <= size - offset;
    if (!inside || offset != std::floor(offset) || byteCount != std::floor(byteCount)) {
      FailRange(name, offset, byteCount, size);
      return Span<uint8_t>();
    }
    // An empty array may have no memory at all; adding to a null pointer is undefined even for 0.
    if (span.data != nullptr) span.data += static_cast<size_t>(offset);
    span.size = static_cast<size_t>(byteCount);
    return span;
  }

 private:
  void Fail(size_t index, const char* name, const char* expected) {
    char text[160];
    snprintf(text, sizeof text, "selectloop addon: %s(): argument %d, %s, must be %s.", call_,
             static_cast<int>(index) + 1, name, expected);
    if (ok_) napi_throw_type_error(env_, nullptr, text);  // the first failure is the one to report
    ok_ = false;
  }

  void FailRange(const char* name, double offset, double byteCount, double size) {
    char text[200];
    snprintf(text, sizeof text,
             "selectloop addon: %s(): offset %.17g and byteCount %.17g do not lie inside %s, which has %.0f "
             "bytes.",
             call_, offset, byteCount, name, size);
    if (ok_) napi_throw_range_error(env_, nullptr, text);
    ok_ = false;
  }

  napi_env env_;
  const char* call_;
  napi_value values_[kCountMax] = {};
  void* state_ = nullptr;
  bool ok_ = false;
  bool hasLookedAtMemory_ = false;
};

}  // namespace selectloop

#endif  // SELECTLOOP_ARGS_H_
