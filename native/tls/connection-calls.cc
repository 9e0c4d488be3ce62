// Connections as JavaScript sees them: the second half of TlsCalls of src/kernel/native-tls.ts.

#include <algorithm>
#include <climits>
#include <memory>

#include "../room.h"
#include "tls-state.h"

namespace selectloop {
namespace {

int ToSize(const Span<uint8_t>& bytes) { return static_cast<int>(std::min<size_t>(bytes.size, INT_MAX)); }

// The call `act(connection)`, guarded; -EBADF where `handle` names none. `act` may not end the connection: no
// JavaScript runs in it.
template <typename Act>
napi_value OnConnection(napi_env env, const Args& args, int handle, Act act) {
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  TlsConnection* connection = state->connections.Find(handle).get();
  if (connection == nullptr) return ToJs(env, -EBADF);
  return ToJs(env, state->Guarded([&] { return act(*connection); }, connection));
}

napi_value TlsOpen(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsOpen");
  const int context = args.Int(0, "context");
  const bool serverSide = args.Bool(1, "serverSide");
  const int verification = args.Int(2, "verification");
  if (!args.ok()) return nullptr;
  auto* state = args.State<TlsState>();
  const std::shared_ptr<TlsContext> found = state->contexts.Find(context);
  if (found == nullptr) return ToJs(env, -EBADF);
  auto connection = std::make_shared<TlsConnection>(*state->ssl, found);
  const int result =
      state->Guarded([&] { return connection->Open(serverSide, static_cast<Verification>(verification)); });
  return ToJs(env, result < 0 ? result : state->connections.Add(std::move(connection)));
}

napi_value TlsClose(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsClose");
  const int handle = args.Int(0, "handle");
  if (!args.ok()) return nullptr;
  return ToJs(env, args.State<TlsState>()->connections.Remove(handle));
}

napi_value TlsSetHost(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsSetHost");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> sent = args.Bytes(1, "sent");
  const Span<uint8_t> checked = args.Bytes(2, "checked");
  const bool isAddress = args.Bool(3, "isAddress");
  const bool commonName = args.Bool(4, "commonName");
  return OnConnection(env, args, handle, [&](TlsConnection& connection) {
    return connection.SetHost(ToText(sent), ToText(checked), isAddress, commonName);
  });
}

napi_value TlsSetSession(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsSetSession");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> der = args.Bytes(1, "der");
  return OnConnection(env, args, handle,
                      [&](TlsConnection& connection) { return connection.SetSession(ToPiece(der)); });
}

// (handle, context, verification): context -1 for the one it has.
napi_value TlsChooseContext(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsChooseContext");
  const int handle = args.Int(0, "handle");
  const int context = args.Int(1, "context");
  const int verification = args.Int(2, "verification");
  if (!args.ok()) return nullptr;
  const std::shared_ptr<TlsContext> chosen = args.State<TlsState>()->contexts.Find(context);
  if (chosen == nullptr && context >= 0) return ToJs(env, -EBADF);
  return OnConnection(env, args, handle, [&](TlsConnection& connection) {
    return connection.ChooseContext(chosen, static_cast<Verification>(verification));
  });
}

napi_value TlsHandshake(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsHandshake");
  const int handle = args.Int(0, "handle");
  return OnConnection(env, args, handle, [](TlsConnection& connection) { return connection.Handshake(); });
}

napi_value TlsFeed(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsFeed");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> data = args.BytesRange(1, "data");
  return OnConnection(env, args, handle,
                      [&](TlsConnection& connection) { return connection.Feed(data.data, ToSize(data)); });
}

napi_value TlsFeedEnd(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsFeedEnd");
  const int handle = args.Int(0, "handle");
  return OnConnection(env, args, handle, [](TlsConnection& connection) {
    connection.FeedEnd();
    return 0;
  });
}

napi_value TlsDrain(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsDrain");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> out = args.BytesRange(1, "out");
  return OnConnection(env, args, handle,
                      [&](TlsConnection& connection) { return connection.Drain(out.data, ToSize(out)); });
}

napi_value TlsRead(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsRead");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> out = args.BytesRange(1, "out");
  return OnConnection(env, args, handle,
                      [&](TlsConnection& connection) { return connection.Read(out.data, ToSize(out)); });
}

napi_value TlsWrite(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsWrite");
  const int handle = args.Int(0, "handle");
  const Span<uint8_t> data = args.BytesRange(1, "data");
  return OnConnection(env, args, handle,
                      [&](TlsConnection& connection) { return connection.Write(data.data, ToSize(data)); });
}

napi_value TlsShutdown(napi_env env, napi_callback_info info) {
  Args args(env, info, "tlsShutdown");
  const int handle = args.Int(0, "handle");
  return OnConnection(env, args, handle, [](TlsConnection& connection) { return connection.Shutdown(); });
}

}  // namespace

void RegisterTlsConnectionCalls(Napi::Env env, Napi::Object exports, TlsState* state) {
  Export(env, exports, "tlsOpen", TlsOpen, state);
  Export(env, exports, "tlsClose", TlsClose, state);
  Export(env, exports, "tlsSetHost", TlsSetHost, state);
  Export(env, exports, "tlsSetSession", TlsSetSession, state);
  Export(env, exports, "tlsChooseContext", TlsChooseContext, state);
  Export(env, exports, "tlsHandshake", TlsHandshake, state);
  Export(env, exports, "tlsFeed", TlsFeed, state);
  Export(env, exports, "tlsFeedEnd", TlsFeedEnd, state);
  Export(env, exports, "tlsDrain", TlsDrain, state);
  Export(env, exports, "tlsRead", TlsRead, state);
  Export(env, exports, "tlsWrite", TlsWrite, state);
  Export(env, exports, "tlsShutdown", TlsShutdown, state);
}

}  // namespace selectloop
