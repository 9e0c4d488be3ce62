#include "context.h"

#include <cerrno>
#include <climits>
#include <cstring>

#include "connection.h"
#include "failure.h"

namespace selectloop {
namespace {

// A read-only BIO over memory of the caller.
class Input {
 public:
  Input(const openssl::Functions& ssl, Piece piece) : ssl_(ssl) {
    if (piece.size <= INT_MAX) bio_ = ssl.BIO_new_mem_buf(piece.data, static_cast<int>(piece.size));
  }
  ~Input() {
    if (bio_ != nullptr) ssl_.BIO_free(bio_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  openssl::Bio* get() const { return bio_; }

 private:
  const openssl::Functions& ssl_;
  openssl::Bio* bio_ = nullptr;
};

// Without one of ours, OpenSSL would ask for the passphrase at the terminal.
int GivePassphrase(char* out, int size, int, void* passphrase) {
  const std::string& text = *static_cast<const std::string*>(passphrase);
  if (text.size() > static_cast<size_t>(size)) return -1;
  memcpy(out, text.data(), text.size());
  return static_cast<int>(text.size());
}

int GiveNoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

TlsContext::~TlsContext() {
  if (context_ != nullptr) ssl_.SSL_CTX_free(context_);
}

int TlsContext::Open() {
  context_ = ssl_.SSL_CTX_new(ssl_.TLS_method());
  if (context_ == nullptr) return -EPROTO;
  ssl_.SSL_CTX_set_options(context_, openssl::kOptionNoCompression | openssl::kOptionServerPreference |
                                         openssl::kOptionNoRenegotiation);
  ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlMode,
                    openssl::kModePartialWrite | openssl::kModeMovingBuffer | openssl::kModeAutoRetry |
                        openssl::kModeReleaseBuffers,
                    nullptr);
  // Sessions are kept by the clients, in tickets: a server's own cache is memory that anybody can fill.
  ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlSessionCacheMode, 0, nullptr);
  return 0;
}

int TlsContext::SetNumber(ContextNumber what, double value) {
  switch (what) {
    case ContextNumber::kMinVersion:
      return ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlMinVersion, static_cast<long>(value), nullptr) == 1
                 ? 0
                 : -EPROTO;
    case ContextNumber::kMaxVersion:
      return ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlMaxVersion, static_cast<long>(value), nullptr) == 1
                 ? 0
                 : -EPROTO;
    case ContextNumber::kSetOptions:
      ssl_.SSL_CTX_set_options(context_, static_cast<uint64_t>(value));
      return 0;
    case ContextNumber::kClearOptions:
      ssl_.SSL_CTX_clear_options(context_, static_cast<uint64_t>(value));
      return 0;
    case ContextNumber::kSessionSeconds:
      ssl_.SSL_CTX_set_timeout(context_, static_cast<long>(value));
      return 0;
    case ContextNumber::kAsksForContext:
      ssl_.SSL_CTX_set_client_hello_cb(context_, value == 0 ? nullptr : OnClientHello, this);
      return 0;
    case ContextNumber::kVerifyFlags:
      verifyFlags_ = static_cast<unsigned long>(value);
      return 0;
  }
  return -EINVAL;
}

int TlsContext::SetText(ContextText what, const std::string& value) {
  // The controls take a char* that they only read.
  void* text = const_cast<char*>(value.c_str());
  const auto* bytes = reinterpret_cast<const openssl::Bytes*>(value.data());
  bool taken = false;
  switch (what) {
    case ContextText::kCipherList:
      taken = ssl_.SSL_CTX_set_cipher_list(context_, value.c_str()) == 1;
      break;
    case ContextText::kCipherSuites:
      taken = ssl_.SSL_CTX_set_ciphersuites(context_, value.c_str()) == 1;
      break;
    case ContextText::kGroups:
      taken = ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlGroups, 0, text) == 1;
      break;
    case ContextText::kSignatureAlgorithms:
      taken = ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlSignatureAlgorithms, 0, text) == 1;
      break;
    case ContextText::kAlpn:
      return SetAlpn(value);
    case ContextText::kSessionIdContext:
      taken =
          ssl_.SSL_CTX_set_session_id_context(context_, bytes, static_cast<unsigned int>(value.size())) == 1;
      break;
  }
  return taken ? 0 : -EPROTO;
}

// What a client offers, and what a server chooses from.
int TlsContext::SetAlpn(const std::string& protocols) {
  alpn_ = protocols;
  const auto* bytes = reinterpret_cast<const openssl::Bytes*>(alpn_.data());
  // Alone among its kind, 0 is success.
  if (ssl_.SSL_CTX_set_alpn_protos(context_, bytes, static_cast<unsigned int>(alpn_.size())) != 0) {
    return -EPROTO;
  }
  ssl_.SSL_CTX_set_alpn_select_cb(context_, alpn_.empty() ? nullptr : OnAlpn, this);
  return 0;
}

int TlsContext::AddAuthorities(Piece pem) {
  const Input input(ssl_, pem);
  openssl::Store* store = ssl_.SSL_CTX_get_cert_store(context_);
  int count = 0;
  if (input.get() == nullptr) return -EPROTO;
  while (openssl::Certificate* certificate =
             ssl_.PEM_read_bio_X509_AUX(input.get(), nullptr, GiveNoPassphrase, nullptr)) {
    const bool added = ssl_.X509_STORE_add_cert(store, certificate) == 1 &&
                       ssl_.SSL_CTX_add_client_CA(context_, certificate) == 1;
    ssl_.X509_free(certificate);
    if (!added) return -EPROTO;
    count++;
  }
  return TakeEndOfPem(ssl_) ? count : -EPROTO;
}

int TlsContext::AddRevocations(Piece pem) {
  const Input input(ssl_, pem);
  openssl::Store* store = ssl_.SSL_CTX_get_cert_store(context_);
  int count = 0;
  if (input.get() == nullptr) return -EPROTO;
  while (openssl::Crl* list = ssl_.PEM_read_bio_X509_CRL(input.get(), nullptr, GiveNoPassphrase, nullptr)) {
    const bool added = ssl_.X509_STORE_add_crl(store, list) == 1;
    ssl_.X509_CRL_free(list);
    if (!added) return -EPROTO;
    count++;
  }
  if (!TakeEndOfPem(ssl_)) return -EPROTO;
  ssl_.X509_STORE_set_flags(store, openssl::kCrlCheck | openssl::kCrlCheckAll);
  return count;
}

int TlsContext::ShareAuthorities(const TlsContext& other) {
  ssl_.SSL_CTX_set1_cert_store(context_, ssl_.SSL_CTX_get_cert_store(other.context_));
  return 0;
}

int TlsContext::UseCertificate(Piece pem) {
  const Input input(ssl_, pem);
  if (input.get() == nullptr) return -EPROTO;
  openssl::Certificate* own = ssl_.PEM_read_bio_X509_AUX(input.get(), nullptr, GiveNoPassphrase, nullptr);
  if (own == nullptr) return -EPROTO;
  const bool used = ssl_.SSL_CTX_use_certificate(context_, own) == 1;
  ssl_.X509_free(own);
  if (!used) return -EPROTO;
  while (openssl::Certificate* next =
             ssl_.PEM_read_bio_X509_AUX(input.get(), nullptr, GiveNoPassphrase, nullptr)) {
    // The chain of the certificate set last. It takes over `next`, unless it fails.
    if (ssl_.SSL_CTX_ctrl(context_, openssl::kCtrlChainCertificate, 0, next) != 1) {
      ssl_.X509_free(next);
      return -EPROTO;
    }
  }
  return TakeEndOfPem(ssl_) ? 0 : -EPROTO;
}

int TlsContext::UsePrivateKey(Piece pem, const std::string& passphrase) {
  const Input input(ssl_, pem);
  if (input.get() == nullptr) return -EPROTO;
  openssl::Key* key = ssl_.PEM_read_bio_PrivateKey(input.get(), nullptr, GivePassphrase,
                                                   const_cast<std::string*>(&passphrase));
  if (key == nullptr) return -EPROTO;
  // Also refused when it does not fit the certificate that was set before.
  const bool used = ssl_.SSL_CTX_use_PrivateKey(context_, key) == 1;
  ssl_.EVP_PKEY_free(key);
  return used ? 0 : -EPROTO;
}

// Before anything of the client's first message is acted on: so the session that it may want to resume is
// looked for with the identity of the context that serves this name, and cannot have been another name's.
int TlsContext::OnClientHello(openssl::Connection* connection, int*, void* context) {
  const auto& ssl = static_cast<TlsContext*>(context)->ssl_;
  auto* ours = static_cast<TlsConnection*>(ssl.SSL_get_ex_data(connection, 0));
  return ours->ContextIsChosen() ? openssl::kHelloSuccess : openssl::kHelloRetry;
}

// The first of ours that the client offers too. None is an error, as RFC 7301 wants it (3.2).
int TlsContext::OnAlpn(openssl::Connection*, const openssl::Bytes** out, openssl::Bytes* outSize,
                       const openssl::Bytes* offered, unsigned int offeredSize, void* context) {
  const auto* self = static_cast<const TlsContext*>(context);
  const auto* own = reinterpret_cast<const openssl::Bytes*>(self->alpn_.data());
  openssl::Bytes* chosen = nullptr;
  const int found = self->ssl_.SSL_select_next_proto(
      &chosen, outSize, own, static_cast<unsigned int>(self->alpn_.size()), offered, offeredSize);
  *out = chosen;
  return found == openssl::kProtocolNegotiated ? openssl::kAlpnOk : openssl::kAlpnFatal;
}

}  // namespace selectloop
