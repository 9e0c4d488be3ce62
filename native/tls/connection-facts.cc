// What is known of a connection, as text, numbers and bytes.

#include <utility>

#include "connection.h"

namespace selectloop {
namespace {

std::string OrEmpty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

}  // namespace

std::string TlsConnection::Text(ConnectionText what) const {
  const openssl::Cipher* cipher = ssl_.SSL_get_current_cipher(connection_);
  switch (what) {
    case ConnectionText::kVersion:
      return OrEmpty(ssl_.SSL_get_version(connection_));
    case ConnectionText::kCipher:
      return cipher == nullptr ? std::string() : OrEmpty(ssl_.SSL_CIPHER_get_name(cipher));
    case ConnectionText::kCipherStandardName:
      return cipher == nullptr ? std::string() : OrEmpty(ssl_.SSL_CIPHER_standard_name(cipher));
    case ConnectionText::kCipherVersion:
      return cipher == nullptr ? std::string() : OrEmpty(ssl_.SSL_CIPHER_get_version(cipher));
    case ConnectionText::kAlpn: {
      const openssl::Bytes* name = nullptr;
      unsigned int size = 0;
      ssl_.SSL_get0_alpn_selected(connection_, &name, &size);
      return name == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(name), size);
    }
    case ConnectionText::kServerName:
      return ServerName();
  }
  return std::string();
}

int TlsConnection::Number(ConnectionNumber what) const {
  switch (what) {
    case ConnectionNumber::kCipherBits: {
      const openssl::Cipher* cipher = ssl_.SSL_get_current_cipher(connection_);
      return cipher == nullptr ? 0 : ssl_.SSL_CIPHER_get_bits(cipher, nullptr);
    }
    case ConnectionNumber::kSessionReused:
      return ssl_.SSL_session_reused(connection_);
    case ConnectionNumber::kVerifyResult:
      return static_cast<int>(ssl_.SSL_get_verify_result(connection_));
    case ConnectionNumber::kFailedDepth:
      return failedDepth_;
    case ConnectionNumber::kShutdown:
      return ssl_.SSL_get_shutdown(connection_);
  }
  return 0;
}

std::string TlsConnection::Bytes(ConnectionBytes what, int index) const {
  switch (what) {
    case ConnectionBytes::kPeerCertificate: {
      openssl::Certificate* certificate = ssl_.SSL_get1_peer_certificate(connection_);
      if (certificate == nullptr) return std::string();
      std::string der = ToDer(certificate);
      ssl_.X509_free(certificate);
      return der;
    }
    case ConnectionBytes::kChain:
    case ConnectionBytes::kVerifiedChain: {
      const openssl::Stack* chain = what == ConnectionBytes::kChain
                                        ? ssl_.SSL_get_peer_cert_chain(connection_)
                                        : ssl_.SSL_get0_verified_chain(connection_);
      if (chain == nullptr || index < 0 || index >= ssl_.OPENSSL_sk_num(chain)) return std::string();
      return ToDer(static_cast<const openssl::Certificate*>(ssl_.OPENSSL_sk_value(chain, index)));
    }
    case ConnectionBytes::kSession: {
      const openssl::Session* session = ssl_.SSL_get_session(connection_);
      if (session == nullptr || ssl_.SSL_SESSION_is_resumable(session) != 1) return std::string();
      std::string der(static_cast<size_t>(ssl_.i2d_SSL_SESSION(session, nullptr)), '\0');
      auto* out = reinterpret_cast<openssl::Bytes*>(&der[0]);
      ssl_.i2d_SSL_SESSION(session, &out);
      return der;
    }
    case ConnectionBytes::kFinished:
    case ConnectionBytes::kPeerFinished: {
      char hash[64];  // as long as the longest digest, EVP_MAX_MD_SIZE
      const size_t size = what == ConnectionBytes::kFinished
                              ? ssl_.SSL_get_finished(connection_, hash, sizeof hash)
                              : ssl_.SSL_get_peer_finished(connection_, hash, sizeof hash);
      return std::string(hash, size < sizeof hash ? size : sizeof hash);
    }
    case ConnectionBytes::kFailedCertificate:
      return failedCertificate_;
  }
  return std::string();
}

bool TlsConnection::ExportKeyingMaterial(const std::string& label, Piece context, uint8_t* out,
                                         size_t size) const {
  return ssl_.SSL_export_keying_material(connection_, out, size, label.data(), label.size(), context.data,
                                         context.size, context.data == nullptr ? 0 : 1) == 1;
}

std::string TlsConnection::ToDer(const openssl::Certificate* certificate) const {
  const int size = ssl_.i2d_X509(certificate, nullptr);
  if (size <= 0) return std::string();
  std::string der(static_cast<size_t>(size), '\0');
  auto* out = reinterpret_cast<openssl::Bytes*>(&der[0]);
  ssl_.i2d_X509(certificate, &out);
  return der;
}

// OpenSSL has not looked at the name yet while a server is still choosing the context for it.
std::string TlsConnection::ServerName() const {
  const char* known = ssl_.SSL_get_servername(connection_, 0);
  return known == nullptr ? askedName_ : std::string(known);
}

}  // namespace selectloop
