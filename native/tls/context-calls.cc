// Contexts as JavaScript sees them: the first half of TlsCalls of src/kernel/native-tls.ts.

#include <memory>

#include "../room.h"
#include "tls-state.h"

namespace selectloop {
namespace {

// The call `act(context)`, guarded; -EBADF where `handle` names none.
template <typename Act>
napi_value OnContext(napi_env env, Args& args, int handle, Act act) {
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  const std::shared_ptr<TlsContext> context = state->contexts.Find(handle);
  if (context == nullptr) return ToJs(env, -EBADF);
  return ToJs(env, state->Guarded([&] { return act(*context); }));
}

napi_value TlsContextOpen(napi_env env, napi_callback_info info) {
  const Args args(env, info, "tlsContextOpen");
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  if (!state->Load()) return ToJs(env, -ENOSYS);
  auto context = std::make_shared<TlsContext>(*state->ssl);
  const int result = state->Guarded([&] { return context->Open(); });
  return ToJs(env, result < 0 ? result : state->contexts.Add(std::move(context)));
}

napi_value TlsContextClose(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextClose");
  const int handle = args.Int(0, "handle");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<TlsState>()->contexts.Remove(handle));
}

napi_value TlsContextSetNumber(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextSetNumber");
  const int handle = args.Int(0, "handle");
  const int what = args.Int(1, "what");
  const double value = args.Double(2, "value");
  return OnContext(env, args, handle, [&](TlsContext& context) {
    return context.SetNumber(static_cast<ContextNumber>(what), value);
  });
}

napi_value TlsContextSetText(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextSetText");
  const int handle = args.Int(0, "handle");
  const int what = args.Int(1, "what");
  const Span<uint8_t> value = args.Bytes(2, "value");
  return OnContext(env, args, handle, [&](TlsContext& context) {
    return context.SetText(static_cast<ContextText>(what), ToText(value));
  });
}

napi_value TlsContextAddCa(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextAddCa");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> pem = args.Bytes(1, "pem");
  return OnContext(env, args, handle,
                   [&](TlsContext& context) { return context.AddAuthorities(ToPiece(pem)); });
}

napi_value TlsContextAddCrl(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextAddCrl");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> pem = args.Bytes(1, "pem");
  return OnContext(env, args, handle,
                   [&](TlsContext& context) { return context.AddRevocations(ToPiece(pem)); });
}

napi_value TlsContextShareCas(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextShareCas");
  const int handle = args.Int(0, "handle");
  const int from = args.Int(1, "from");
  if (!args.ok()) return nullptr;
  const std::shared_ptr<TlsContext> other = args.State<TlsState>()->contexts.Find(from);
  if (other == nullptr) return ToJs(env, -EBADF);
  return OnContext(env, args, handle, [&](TlsContext& context) { return context.ShareAuthorities(*other); });
}

napi_value TlsContextUseCertificate(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextUseCertificate");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> pem = args.Bytes(1, "pem");
  return OnContext(env, args, handle,
                   [&](TlsContext& context) { return context.UseCertificate(ToPiece(pem)); });
}

napi_value TlsContextUsePrivateKey(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsContextUsePrivateKey");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> pem = args.Bytes(1, "pem");
  const Span<uint8_t> passphrase = args.Bytes(2, "passphrase");
  return OnContext(env, args, handle, [&](TlsContext& context) {
    return context.UsePrivateKey(ToPiece(pem), ToText(passphrase));
  });
}

}  // namespace

void RegisterTlsContextCalls(Napi::Env env, Napi::Object exports, TlsState* state) {
  Export(env, exports, "tlsContextOpen", TlsContextOpen, state);
  Export(env, exports, "tlsContextClose", TlsContextClose, state);
  Export(env, exports, "tlsContextSetNumber", TlsContextSetNumber, state);
  Export(env, exports, "tlsContextSetText", TlsContextSetText, state);
  Export(env, exports, "tlsContextAddCa", TlsContextAddCa, state);
  Export(env, exports, "tlsContextAddCrl", TlsContextAddCrl, state);
  Export(env, exports, "tlsContextShareCas", TlsContextShareCas, state);
  Export(env, exports, "tlsContextUseCertificate", TlsContextUseCertificate, state);
  Export(env, exports, "tlsContextUsePrivateKey", TlsContextUsePrivateKey, state);
}

}  // namespace selectloop
