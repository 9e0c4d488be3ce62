// What connections have in common: certificates, keys, trusted authorities, ciphers. An SSL_CTX, which lives
// as long as this or the last connection made from it.
//
// Calls answer >= 0 or -errno: -EPROTO where OpenSSL refused, with its words in the thread's queue (see
// failure.h).

#ifndef SELECTLOOP_TLS_CONTEXT_H_
#define SELECTLOOP_TLS_CONTEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "openssl.h"

namespace selectloop {

// The numbers and texts that can be set; the same order as in src/kernel/native-tls.ts.
enum class ContextNumber {
  kMinVersion,
  kMaxVersion,
  kSetOptions,
  kClearOptions,
  kSessionSeconds,
  kAsksForContext,
  kVerifyFlags
};
enum class ContextText {
  kCipherList,
  kCipherSuites,
  kGroups,
  kSignatureAlgorithms,
  kAlpn,
  kSessionIdContext
};

// One piece of text or bytes of a caller.
struct Piece {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

class TlsContext {
 public:
  explicit TlsContext(const openssl::Functions& ssl) : ssl_(ssl) {}
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Once, before anything else.
  int Open();

  int SetNumber(ContextNumber what, double value);
  int SetText(ContextText what, const std::string& value);

  // PEM. How many authorities were added.
  int AddAuthorities(Piece pem);
  // PEM. How many lists were added; from now on certificates are looked up in them.
  int AddRevocations(Piece pem);
  // Trusts what `other` trusts, from now on the same list in memory.
  int ShareAuthorities(const TlsContext& other);
  // PEM: the certificate, then those that lead to an authority.
  int UseCertificate(Piece pem);
  // PEM. `passphrase` is empty if there is none.
  int UsePrivateKey(Piece pem, const std::string& passphrase);

  openssl::Context* get() const { return context_; }

  // What certificates are checked for, as X509_V_FLAG_… bits besides OpenSSL's own.
  unsigned long verifyFlags() const { return verifyFlags_; }

 private:
  static int OnClientHello(openssl::Connection* connection, int* alert, void* context);
  static int OnAlpn(openssl::Connection* connection, const openssl::Bytes** out, openssl::Bytes* outSize,
                    const openssl::Bytes* offered, unsigned int offeredSize, void* context);

  int SetAlpn(const std::string& protocols);

  const openssl::Functions& ssl_;
  openssl::Context* context_ = nullptr;
  unsigned long verifyFlags_ = 0;
  // Protocols in the form of the wire: each after a byte with its length.
  std::string alpn_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_TLS_CONTEXT_H_
