// What can be asked about connections and about OpenSSL, and how this room joins the addon. Text and bytes
// are written to the caller's buffer where they fit; the answer is their size either way, so a caller knows
// how large a buffer it takes.

#include <memory>

#include "../room.h"
#include "../rooms.h"
#include "tls-state.h"

namespace selectloop {
namespace {

// 0, with OpenSSL's version in the words of the last refusal; -ENOSYS, with the reason there, when it cannot
// be used.
napi_value TlsAvailable(napi_env env, napi_callback_info info) {
  const Args args(env, info, "tlsAvailable");
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  if (!state->Load()) return ToJs(env, -ENOSYS);
  state->lastErrors = state->ssl->OpenSSL_version(0);
  return ToJs(env, 0);
}

napi_value TlsWords(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsWords");
  const Span<uint8_t> out = args.Bytes(0, "out");
  if (!args.ok()) return nullptr;
  return CopyOut(env, args.State<TlsState>()->lastErrors, out);
}

// OpenSSL's words for a result of verification.
napi_value TlsVerifyWords(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsVerifyWords");
  const int result = args.Int(0, "result");
  const Span<uint8_t> out = args.Bytes(1, "out");
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  if (!state->Load()) return ToJs(env, -ENOSYS);
  return CopyOut(env, state->ssl->X509_verify_cert_error_string(result), out);
}

napi_value TlsText(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsText");
  const int handle = args.Int(0, "handle");
  const int what = args.Int(1, "what");
  const Span<uint8_t> out = args.Bytes(2, "out");
  if (!args.ok()) return nullptr;
  const TlsConnection* connection = args.State<TlsState>()->connections.Find(handle).get();
  if (connection == nullptr) return ToJs(env, -EBADF);
  return CopyOut(env, connection->Text(static_cast<ConnectionText>(what)), out);
}

napi_value TlsNumber(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsNumber");
  const int handle = args.Int(0, "handle");
  const int what = args.Int(1, "what");
  if (!args.ok()) return nullptr;
  const TlsConnection* connection = args.State<TlsState>()->connections.Find(handle).get();
  if (connection == nullptr) return ToJs(env, -EBADF);
  return ToJs(env, connection->Number(static_cast<ConnectionNumber>(what)));
}

napi_value TlsBytes(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsBytes");
  const int handle = args.Int(0, "handle");
  const int what = args.Int(1, "what");
  const int index = args.Int(2, "index");
  const Span<uint8_t> out = args.Bytes(3, "out");
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  const TlsConnection* connection = state->connections.Find(handle).get();
  if (connection == nullptr) return ToJs(env, -EBADF);
  std::string bytes;
  state->Guarded([&] {
    bytes = connection->Bytes(static_cast<ConnectionBytes>(what), index);
    return 0;
  });
  return CopyOut(env, bytes, out);
}

// Bytes waiting to be drained, bytes fed and not looked at, plaintext that needs no more bytes.
napi_value TlsPending(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsPending");
  const int handle = args.Int(0, "handle");
  const Span<int32_t> out = args.Int32s(1, "out", 3);
  if (!args.ok()) return nullptr;
  const TlsConnection* connection = args.State<TlsState>()->connections.Find(handle).get();
  if (connection == nullptr) return ToJs(env, -EBADF);
  out.data[0] = connection->unsent();
  out.data[1] = connection->unread();
  out.data[2] = connection->decrypted();
  return ToJs(env, 0);
}

// (handle, label, context, hasContext, out): fills out.
napi_value TlsExport(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsExport");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> label = args.Bytes(1, "label");
  const Span<uint8_t> context = args.Bytes(2, "context");
  const bool hasContext = args.Bool(3, "hasContext");
  const Span<uint8_t> out = args.Bytes(4, "out");
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  const TlsConnection* connection = state->connections.Find(handle).get();
  if (connection == nullptr) return ToJs(env, -EBADF);
  const uint8_t nothing = 0;
  Piece piece;
  if (hasContext) piece = context.size == 0 ? Piece{&nothing, 0} : ToPiece(context);
  return ToJs(env, state->Guarded([&] {
    return connection->ExportKeyingMaterial(ToText(label), piece, out.data, out.size) ? 0 : -EPROTO;
  }));
}

}  // namespace

void RegisterTls(Napi::Env env, Napi::Object exports) {
  auto* state = NewEnvironmentState<TlsState>(env);
  RegisterTlsContextCalls(env, exports, state);
  RegisterTlsConnectionCalls(env, exports, state);
  Export(env, exports, "tlsAvailable", TlsAvailable, state);
  Export(env, exports, "tlsWords", TlsWords, state);
  Export(env, exports, "tlsVerifyWords", TlsVerifyWords, state);
  Export(env, exports, "tlsText", TlsText, state);
  Export(env, exports, "tlsNumber", TlsNumber, state);
  Export(env, exports, "tlsBytes", TlsBytes, state);
  Export(env, exports, "tlsPending", TlsPending, state);
  Export(env, exports, "tlsExport", TlsExport, state);
}

}  // namespace selectloop
