#include "connection.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "failure.h"

namespace selectloop {

TlsConnection::~TlsConnection() {
  // With it go the two BIOs.
  if (connection_ != nullptr) ssl_.SSL_free(connection_);
}

int TlsConnection::Open(bool serverSide, Verification verification) {
  connection_ = ssl_.SSL_new(contexts_[0]->get());
  if (connection_ == nullptr) return -EPROTO;
  incoming_ = ssl_.BIO_new(ssl_.BIO_s_mem());
  outgoing_ = ssl_.BIO_new(ssl_.BIO_s_mem());
  if (incoming_ == nullptr || outgoing_ == nullptr) {
    if (incoming_ != nullptr) ssl_.BIO_free(incoming_);
    if (outgoing_ != nullptr) ssl_.BIO_free(outgoing_);
    return -ENOMEM;
  }
  ssl_.SSL_set_bio(connection_, incoming_, outgoing_);
  ssl_.SSL_set_ex_data(connection_, 0, this);
  serverSide_ = serverSide;
  if (serverSide) {
    ssl_.SSL_set_accept_state(connection_);
  } else {
    ssl_.SSL_set_connect_state(connection_);
  }
  SetVerification(serverSide, verification);
  SetVerifyFlags(*contexts_[0]);
  return 0;
}

void TlsConnection::SetVerifyFlags(const TlsContext& context) {
  openssl::VerifyParam* param = ssl_.SSL_get0_param(connection_);
  ssl_.X509_VERIFY_PARAM_clear_flags(param, verifyFlags_);
  verifyFlags_ = context.verifyFlags();
  ssl_.X509_VERIFY_PARAM_set_flags(param, verifyFlags_);
}

void TlsConnection::SetVerification(bool serverSide, Verification verification) {
  tolerant_ = verification != Verification::kRequired;
  int mode = openssl::kVerifyPeer | openssl::kVerifyRequire;
  if (verification == Verification::kNone && serverSide) mode = openssl::kVerifyNone;
  if (verification != Verification::kRequired && mode != openssl::kVerifyNone) mode = openssl::kVerifyPeer;
  ssl_.SSL_set_verify(connection_, mode, OnVerified);
}

int TlsConnection::SetHost(const std::string& sent, const std::string& checked, bool isAddress,
                           bool commonName) {
  // OpenSSL takes text that ends at a zero, and would send and check the beginning of this.
  if (sent.find('\0') != std::string::npos || checked.find('\0') != std::string::npos) return -EINVAL;
  if (!sent.empty()) {
    // Kind 0 of a name is "host name"; the control takes a char* that it only reads.
    void* name = const_cast<char*>(sent.c_str());
    if (ssl_.SSL_ctrl(connection_, openssl::kCtrlHostName, 0, name) != 1) return -EPROTO;
  }
  if (checked.empty()) return 0;
  // RFC 6125, 6.4.3: a wildcard stands for a whole label.
  ssl_.SSL_set_hostflags(connection_,
                         openssl::kNoPartialWildcards | (commonName ? 0 : openssl::kNeverCheckSubject));
  const bool taken =
      isAddress ? ssl_.X509_VERIFY_PARAM_set1_ip_asc(ssl_.SSL_get0_param(connection_), checked.c_str()) == 1
                : ssl_.SSL_set1_host(connection_, checked.c_str()) == 1;
  return taken ? 0 : -EPROTO;
}

int TlsConnection::SetSession(Piece der) {
  const openssl::Bytes* data = der.data;
  openssl::Session* session = ssl_.d2i_SSL_SESSION(nullptr, &data, static_cast<long>(der.size));
  if (session == nullptr) return -EPROTO;
  const bool taken = ssl_.SSL_set_session(connection_, session) == 1;
  ssl_.SSL_SESSION_free(session);
  return taken ? 0 : -EPROTO;
}

int TlsConnection::ChooseContext(const std::shared_ptr<TlsContext>& context, Verification verification) {
  contextIsChosen_ = true;
  if (context == nullptr) return 0;
  if (ssl_.SSL_set_SSL_CTX(connection_, context->get()) == nullptr) return -EPROTO;
  contexts_.push_back(context);
  // OpenSSL changes certificates and trust; what it asks of a client's certificate would stay the first
  // context's.
  SetVerification(serverSide_, verification);
  SetVerifyFlags(*context);
  return 0;
}

// The extension is a list of (kind, length, name) after its own length, and a host name is the only kind
// there is (RFC 6066, 3).
bool TlsConnection::ContextIsChosen() {
  const openssl::Bytes* data = nullptr;
  size_t size = 0;
  constexpr size_t kHeader = 5;
  if (contextIsChosen_ ||
      ssl_.SSL_client_hello_get0_ext(connection_, openssl::kExtensionServerName, &data, &size) != 1 ||
      size < kHeader || data[2] != 0) {
    return contextIsChosen_;
  }
  const size_t length = static_cast<size_t>(data[3]) << 8 | data[4];
  if (length <= size - kHeader) askedName_.assign(reinterpret_cast<const char*>(data + kHeader), length);
  return false;
}

int TlsConnection::Feed(const uint8_t* data, int size) {
  if (size == 0) return 0;
  const int taken = ssl_.BIO_write(incoming_, data, size);
  return taken == size ? taken : -ENOMEM;
}

void TlsConnection::FeedEnd() { ssl_.BIO_ctrl(incoming_, openssl::kBioEndOfFileReturn, 0, nullptr); }

int TlsConnection::Drain(uint8_t* out, int size) {
  if (size == 0 || unsent() == 0) return 0;
  const int count = ssl_.BIO_read(outgoing_, out, size);
  return count > 0 ? count : 0;
}

int TlsConnection::Handshake() {
  if (failed_ != 0) return failed_;
  const int result = ssl_.SSL_do_handshake(connection_);
  return result == 1 ? 0 : Outcome(result);
}

int TlsConnection::Read(uint8_t* out, int size) {
  int count = 0;
  while (count < size && failed_ == 0) {
    const int result = ssl_.SSL_read(connection_, out + count, size - count);
    if (result <= 0) {
      const int outcome = Outcome(result);
      // An end or an error after bytes is reported by the next call.
      return count > 0 ? count : outcome;
    }
    count += result;
  }
  return count > 0 || failed_ == 0 ? count : failed_;
}

int TlsConnection::Write(const uint8_t* data, int size) {
  if (failed_ != 0) return failed_;
  // Asked for here: OpenSSL would call it an error of the whole connection, which can still be read.
  if ((ssl_.SSL_get_shutdown(connection_) & openssl::kSentShutdown) != 0) return -EPIPE;
  int count = 0;
  while (count < size) {
    const int result = ssl_.SSL_write(connection_, data + count, size - count);
    if (result <= 0) {
      const int outcome = Outcome(result);
      return count > 0 ? count : outcome;
    }
    count += result;
  }
  return count;
}

int TlsConnection::Shutdown() {
  if (failed_ != 0) return failed_;
  // In the middle of a handshake there is nothing to say.
  if (ssl_.SSL_is_init_finished(connection_) == 0) return 1;
  const int result = ssl_.SSL_shutdown(connection_);
  return result >= 0 ? result : Outcome(result);
}

int TlsConnection::Outcome(int result) {
  const unsigned long error = ssl_.ERR_peek_error();
  int outcome = -EPROTO;
  switch (ssl_.SSL_get_error(connection_, result)) {
    case openssl::kErrorWantRead:
    case openssl::kErrorWantWrite:
      return -EAGAIN;
    case openssl::kErrorWantClientHello:
      return -EINPROGRESS;
    case openssl::kErrorZeroReturn:
      return 0;
    case openssl::kErrorSyscall:
      outcome = -ECONNABORTED;
      break;
    default:
      if (ErrorLibrary(error) == openssl::kLibrarySsl &&
          ErrorReason(error) == openssl::kReasonUnexpectedEof) {
        outcome = -ECONNABORTED;
      }
  }
  failed_ = outcome;
  words_ = TakeErrors(ssl_);
  return outcome;
}

// Called for each certificate of the chain, and for each thing that is wrong with one.
int TlsConnection::OnVerified(int verified, openssl::StoreContext* store) {
  // OpenSSL gives this callback no argument of ours: the only way to the functions is to ask for them again.
  const char* problem = nullptr;
  const openssl::Functions& ssl = *openssl::Find(&problem);
  auto* connection = static_cast<openssl::Connection*>(
      ssl.X509_STORE_CTX_get_ex_data(store, ssl.SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<TlsConnection*>(ssl.SSL_get_ex_data(connection, 0));
  if (verified != 1 && self->failedDepth_ < 0) {
    self->failedDepth_ = ssl.X509_STORE_CTX_get_error_depth(store);
    const openssl::Certificate* certificate = ssl.X509_STORE_CTX_get_current_cert(store);
    if (certificate != nullptr) self->failedCertificate_ = self->ToDer(certificate);
  }
  return verified == 1 || self->tolerant_ ? 1 : 0;
}

}  // namespace selectloop
