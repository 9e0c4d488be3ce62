// What we use of OpenSSL, looked up in the running process: node exports its own copy's symbols, or is linked
// to the system's libssl. Nothing of it is linked to the addon or compiled in, so the addon loads also where
// there is none.
//
// The declarations are ours. OpenSSL keeps the binary interface of these functions for all of its version 3,
// headers of Node-API packages have none of it, and a call that is a macro in one release and a function in
// the next would tie the addon to the headers it was built with. Only true functions of 3.0 are listed; what
// is a macro there is spelt out as the SSL_ctrl that it stands for. Types are opaque, as they are in
// OpenSSL's own headers.

#ifndef SELECTLOOP_TLS_OPENSSL_H_
#define SELECTLOOP_TLS_OPENSSL_H_

#include <cstddef>
#include <cstdint>

namespace selectloop {
namespace openssl {

struct Bio;
struct BioMethod;
struct Cipher;
struct Context;      // SSL_CTX
struct Connection;   // SSL
struct Crl;          // X509_CRL
struct Key;          // EVP_PKEY
struct Method;       // SSL_METHOD
struct Session;      // SSL_SESSION
struct Stack;        // STACK_OF(X509), which is an OPENSSL_STACK
struct Certificate;  // X509
struct Store;        // X509_STORE
struct StoreContext;
struct VerifyParam;

using Bytes = unsigned char;
using VerifyCallback = int (*)(int, StoreContext*);
using PasswordCallback = int (*)(char*, int, int, void*);
using HelloCallback = int (*)(Connection*, int*, void*);
using AlpnCallback = int (*)(Connection*, const Bytes**, Bytes*, const Bytes*, unsigned int, void*);

// One line for each function: result, name, parameters.
#define SELECTLOOP_OPENSSL_FUNCTIONS(F)                                                                    \
  F(unsigned long, OpenSSL_version_num, ())                                                                \
  F(const char*, OpenSSL_version, (int))                                                                   \
  F(void, ERR_clear_error, ())                                                                             \
  F(unsigned long, ERR_get_error, ())                                                                      \
  F(unsigned long, ERR_peek_error, ())                                                                     \
  F(void, ERR_error_string_n, (unsigned long, char*, size_t))                                              \
  F(const Method*, TLS_method, ())                                                                         \
  F(Context*, SSL_CTX_new, (const Method*))                                                                \
  F(void, SSL_CTX_free, (Context*))                                                                        \
  F(long, SSL_CTX_ctrl, (Context*, int, long, void*))                                                      \
  F(uint64_t, SSL_CTX_set_options, (Context*, uint64_t))                                                   \
  F(uint64_t, SSL_CTX_clear_options, (Context*, uint64_t))                                                 \
  F(long, SSL_CTX_set_timeout, (Context*, long))                                                           \
  F(int, SSL_CTX_set_cipher_list, (Context*, const char*))                                                 \
  F(int, SSL_CTX_set_ciphersuites, (Context*, const char*))                                                \
  F(int, SSL_CTX_use_certificate, (Context*, Certificate*))                                                \
  F(int, SSL_CTX_use_PrivateKey, (Context*, Key*))                                                         \
  F(int, SSL_CTX_set_session_id_context, (Context*, const Bytes*, unsigned int))                           \
  F(int, SSL_CTX_set_alpn_protos, (Context*, const Bytes*, unsigned int))                                  \
  F(void, SSL_CTX_set_alpn_select_cb, (Context*, AlpnCallback, void*))                                     \
  F(void, SSL_CTX_set_client_hello_cb, (Context*, HelloCallback, void*))                                   \
  F(int, SSL_CTX_add_client_CA, (Context*, Certificate*))                                                  \
  F(Store*, SSL_CTX_get_cert_store, (const Context*))                                                      \
  F(void, SSL_CTX_set1_cert_store, (Context*, Store*))                                                     \
  F(int, X509_STORE_add_cert, (Store*, Certificate*))                                                      \
  F(int, X509_STORE_add_crl, (Store*, Crl*))                                                               \
  F(int, X509_STORE_set_flags, (Store*, unsigned long))                                                    \
  F(Bio*, BIO_new, (const BioMethod*))                                                                     \
  F(Bio*, BIO_new_mem_buf, (const void*, int))                                                             \
  F(const BioMethod*, BIO_s_mem, ())                                                                       \
  F(int, BIO_free, (Bio*))                                                                                 \
  F(int, BIO_read, (Bio*, void*, int))                                                                     \
  F(int, BIO_write, (Bio*, const void*, int))                                                              \
  F(long, BIO_ctrl, (Bio*, int, long, void*))                                                              \
  F(Certificate*, PEM_read_bio_X509_AUX, (Bio*, Certificate**, PasswordCallback, void*))                   \
  F(Key*, PEM_read_bio_PrivateKey, (Bio*, Key**, PasswordCallback, void*))                                 \
  F(Crl*, PEM_read_bio_X509_CRL, (Bio*, Crl**, PasswordCallback, void*))                                   \
  F(void, X509_free, (Certificate*))                                                                       \
  F(void, X509_CRL_free, (Crl*))                                                                           \
  F(void, EVP_PKEY_free, (Key*))                                                                           \
  F(int, i2d_X509, (const Certificate*, Bytes**))                                                          \
  F(Connection*, SSL_new, (Context*))                                                                      \
  F(void, SSL_free, (Connection*))                                                                         \
  F(void, SSL_set_bio, (Connection*, Bio*, Bio*))                                                          \
  F(int, SSL_set_ex_data, (Connection*, int, void*))                                                       \
  F(void*, SSL_get_ex_data, (const Connection*, int))                                                      \
  F(int, SSL_get_ex_data_X509_STORE_CTX_idx, ())                                                           \
  F(void*, X509_STORE_CTX_get_ex_data, (const StoreContext*, int))                                         \
  F(int, X509_STORE_CTX_get_error, (const StoreContext*))                                                  \
  F(int, X509_STORE_CTX_get_error_depth, (const StoreContext*))                                            \
  F(Certificate*, X509_STORE_CTX_get_current_cert, (const StoreContext*))                                  \
  F(const char*, X509_verify_cert_error_string, (long))                                                    \
  F(void, SSL_set_connect_state, (Connection*))                                                            \
  F(void, SSL_set_accept_state, (Connection*))                                                             \
  F(void, SSL_set_verify, (Connection*, int, VerifyCallback))                                              \
  F(Context*, SSL_set_SSL_CTX, (Connection*, Context*))                                                    \
  F(long, SSL_ctrl, (Connection*, int, long, void*))                                                       \
  F(int, SSL_set1_host, (Connection*, const char*))                                                        \
  F(void, SSL_set_hostflags, (Connection*, unsigned int))                                                  \
  F(VerifyParam*, SSL_get0_param, (Connection*))                                                           \
  F(int, X509_VERIFY_PARAM_set1_ip_asc, (VerifyParam*, const char*))                                       \
  F(int, X509_VERIFY_PARAM_set_flags, (VerifyParam*, unsigned long))                                       \
  F(int, X509_VERIFY_PARAM_clear_flags, (VerifyParam*, unsigned long))                                     \
  F(int, SSL_do_handshake, (Connection*))                                                                  \
  F(int, SSL_is_init_finished, (const Connection*))                                                        \
  F(int, SSL_read, (Connection*, void*, int))                                                              \
  F(int, SSL_write, (Connection*, const void*, int))                                                       \
  F(int, SSL_pending, (const Connection*))                                                                 \
  F(int, SSL_shutdown, (Connection*))                                                                      \
  F(int, SSL_get_shutdown, (const Connection*))                                                            \
  F(int, SSL_get_error, (const Connection*, int))                                                          \
  F(long, SSL_get_verify_result, (const Connection*))                                                      \
  F(Certificate*, SSL_get1_peer_certificate, (const Connection*))                                          \
  F(Stack*, SSL_get_peer_cert_chain, (const Connection*))                                                  \
  F(Stack*, SSL_get0_verified_chain, (const Connection*))                                                  \
  F(int, OPENSSL_sk_num, (const Stack*))                                                                   \
  F(void*, OPENSSL_sk_value, (const Stack*, int))                                                          \
  F(void, SSL_get0_alpn_selected, (const Connection*, const Bytes**, unsigned int*))                       \
  F(int, SSL_select_next_proto, (Bytes**, Bytes*, const Bytes*, unsigned int, const Bytes*, unsigned int)) \
  F(int, SSL_client_hello_get0_ext, (Connection*, unsigned int, const Bytes**, size_t*))                   \
  F(const char*, SSL_get_servername, (const Connection*, int))                                             \
  F(const char*, SSL_get_version, (const Connection*))                                                     \
  F(const Cipher*, SSL_get_current_cipher, (const Connection*))                                            \
  F(const char*, SSL_CIPHER_get_name, (const Cipher*))                                                     \
  F(const char*, SSL_CIPHER_standard_name, (const Cipher*))                                                \
  F(const char*, SSL_CIPHER_get_version, (const Cipher*))                                                  \
  F(int, SSL_CIPHER_get_bits, (const Cipher*, int*))                                                       \
  F(size_t, SSL_get_finished, (const Connection*, void*, size_t))                                          \
  F(size_t, SSL_get_peer_finished, (const Connection*, void*, size_t))                                     \
  F(int, SSL_export_keying_material,                                                                       \
    (Connection*, Bytes*, size_t, const char*, size_t, const Bytes*, size_t, int))                         \
  F(Session*, SSL_get_session, (const Connection*))                                                        \
  F(int, SSL_set_session, (Connection*, Session*))                                                         \
  F(int, SSL_session_reused, (const Connection*))                                                          \
  F(int, SSL_SESSION_is_resumable, (const Session*))                                                       \
  F(void, SSL_SESSION_free, (Session*))                                                                    \
  F(int, i2d_SSL_SESSION, (const Session*, Bytes**))                                                       \
  F(Session*, d2i_SSL_SESSION, (Session**, const Bytes**, long))

#define SELECTLOOP_OPENSSL_DECLARE(result, name, parameters) result(*name) parameters = nullptr;

// The functions, by OpenSSL's own names.
struct Functions {
  SELECTLOOP_OPENSSL_FUNCTIONS(SELECTLOOP_OPENSSL_DECLARE)
};

#undef SELECTLOOP_OPENSSL_DECLARE

// The functions of this process; the same for ever. nullptr where one is missing or the version is not 3:
// then
// `*problem` says which, in a few words. Any thread may ask.
const Functions* Find(const char** problem);

// Numbers of OpenSSL's headers, equal in 3.0 and 3.5; the ones that calls return and take.
constexpr int kErrorSsl = 1;
constexpr int kErrorWantRead = 2;
constexpr int kErrorWantWrite = 3;
constexpr int kErrorSyscall = 5;
constexpr int kErrorZeroReturn = 6;
constexpr int kErrorWantClientHello = 11;

constexpr int kCtrlMode = 33;
constexpr int kCtrlSessionCacheMode = 44;
constexpr int kCtrlHostName = 55;
constexpr int kCtrlChainCertificate = 89;
constexpr int kCtrlGroups = 92;
constexpr int kCtrlSignatureAlgorithms = 98;
constexpr int kCtrlMinVersion = 123;
constexpr int kCtrlMaxVersion = 124;

// A write may be taken in part and repeated from elsewhere; buffers of idle connections are freed.
constexpr long kModePartialWrite = 0x01;
constexpr long kModeMovingBuffer = 0x02;
constexpr long kModeAutoRetry = 0x04;
constexpr long kModeReleaseBuffers = 0x10;

constexpr uint64_t kOptionNoCompression = uint64_t{1} << 17;
constexpr uint64_t kOptionServerPreference = uint64_t{1} << 22;
constexpr uint64_t kOptionNoRenegotiation = uint64_t{1} << 30;

constexpr int kVerifyNone = 0;
constexpr int kVerifyPeer = 1;
constexpr int kVerifyRequire = 2;

constexpr int kHelloSuccess = 1;
constexpr int kHelloRetry = -1;
constexpr int kAlpnOk = 0;
constexpr int kAlpnFatal = 2;
constexpr int kProtocolNegotiated = 1;

constexpr int kSentShutdown = 1;

constexpr int kBioPending = 10;
constexpr int kBioEndOfFileReturn = 130;

constexpr unsigned int kExtensionServerName = 0;
constexpr unsigned int kNoPartialWildcards = 0x4;
constexpr unsigned int kNeverCheckSubject = 0x20;
constexpr unsigned long kCrlCheck = 0x4;
constexpr unsigned long kCrlCheckAll = 0x8;

constexpr int kLibraryPem = 9;
constexpr int kLibrarySsl = 20;
constexpr int kReasonNoStartLine = 108;
constexpr int kReasonUnexpectedEof = 294;

}  // namespace openssl
}  // namespace selectloop

#endif  // SELECTLOOP_TLS_OPENSSL_H_
