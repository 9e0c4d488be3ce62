// One connection: an SSL between two memory BIOs. What the peer sent is fed in, what is to be sent to
// it is drained; there is no socket.
//
// Calls answer >= 0 or -errno:
//   -EAGAIN        the peer's next bytes are needed, or something is to be drained and sent first
//   -EINPROGRESS   the client has named a server: choose the context for it, then go on with the handshake
//   -ECONNABORTED  the peer's bytes have ended, and not in TLS's own way: they may have been cut off
//   off -EPIPE         this side has said that it sends no more -EPROTO        OpenSSL refused, for good; its
//   words are in the thread's queue (see failure.h)

#ifndef SELECTLOOP_TLS_CONNECTION_H_
#define SELECTLOOP_TLS_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "context.h"
#include "openssl.h"

namespace selectloop {

// What is asked of the peer's certificate; the same order as in src/kernel/native-tls.ts.
//   none      a server does not ask for one
//   optional  it may be missing or worthless: the result says so, the handshake goes on
//   required  anything wrong with it ends the handshake
enum class Verification { kNone, kOptional, kRequired };

enum class ConnectionText { kVersion, kCipher, kCipherStandardName, kCipherVersion, kAlpn, kServerName };
enum class ConnectionNumber { kCipherBits, kSessionReused, kVerifyResult, kFailedDepth, kShutdown };
enum class ConnectionBytes {
  kPeerCertificate,
  kChain,
  kVerifiedChain,
  kSession,
  kFinished,
  kPeerFinished,
  kFailedCertificate
};

class TlsConnection {
 public:
  TlsConnection(const openssl::Functions& ssl, std::shared_ptr<TlsContext> context)
      : ssl_(ssl), contexts_{std::move(context)} {}
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  // Once, before anything else.
  int Open(bool serverSide, Verification verification);
  // A client's: the name to send (none when empty), and the name or address that the certificate must be for.
  // `commonName`: whether a certificate without subjectAltName may name it in its subject.
  int SetHost(const std::string& sent, const std::string& checked, bool isAddress, bool commonName);
  // A client's: the session to resume.
  int SetSession(Piece der);
  // A server's answer to -EINPROGRESS. nullptr: the context that it has.
  int ChooseContext(const std::shared_ptr<TlsContext>& context, Verification verification);

  int Feed(const uint8_t* data, int size);
  // Nothing more will be fed.
  void FeedEnd();
  // How many bytes were taken out; 0 when there are none.
  int Drain(uint8_t* out, int size);

  int Handshake();
  // Fills `out` as far as there is plaintext. 0: the peer has said that it sends no more.
  int Read(uint8_t* out, int size);
  int Write(const uint8_t* data, int size);
  // Says that this side sends no more. 1 when the peer has said so too, else 0.
  int Shutdown();

  // Bytes to be drained; bytes fed and not yet looked at; plaintext that needs no more bytes.
  int unsent() const { return static_cast<int>(ssl_.BIO_ctrl(outgoing_, openssl::kBioPending, 0, nullptr)); }
  int unread() const { return static_cast<int>(ssl_.BIO_ctrl(incoming_, openssl::kBioPending, 0, nullptr)); }
  int decrypted() const { return ssl_.SSL_pending(connection_); }

  // OpenSSL's words for what ended the connection.
  const std::string& words() const { return words_; }

  std::string Text(ConnectionText what) const;
  int Number(ConnectionNumber what) const;
  // Bytes of nothing: there is no such thing.
  std::string Bytes(ConnectionBytes what, int index) const;
  // RFC 5705; `false` when the handshake is not done.
  bool ExportKeyingMaterial(const std::string& label, Piece context, uint8_t* out, size_t size) const;

  // In the client's first message: whether its context is chosen. If not, what server it names is known from
  // now on.
  bool ContextIsChosen();

 private:
  static int OnVerified(int verified, openssl::StoreContext* store);

  void SetVerification(bool serverSide, Verification verification);
  // Checks certificates as `context` wants it.
  void SetVerifyFlags(const TlsContext& context);
  // What a call of OpenSSL that gave `result` means.
  int Outcome(int result);
  std::string ToDer(const openssl::Certificate* certificate) const;
  std::string ServerName() const;

  const openssl::Functions& ssl_;
  // The first, and those chosen later: OpenSSL keeps both, and their callbacks need ours.
  std::vector<std::shared_ptr<TlsContext>> contexts_;
  openssl::Connection* connection_ = nullptr;
  openssl::Bio* incoming_ = nullptr;
  openssl::Bio* outgoing_ = nullptr;
  unsigned long verifyFlags_ = 0;
  bool serverSide_ = false;
  bool tolerant_ = false;
  bool contextIsChosen_ = false;
  std::string askedName_;
  // What ended the connection, to be said again when it is asked again: OpenSSL has forgotten its words by
  // then.
  int failed_ = 0;
  std::string words_;
  // The first certificate that was not in order.
  int failedDepth_ = -1;
  std::string failedCertificate_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_TLS_CONNECTION_H_
