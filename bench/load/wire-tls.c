// The client decides what TLS costs: it offers one version, one cipher and one key exchange, so every server
// has the same work, and it never resumes a session. Whose certificate it is does not matter here; that the
// server has its key is checked by TLS 1.3 itself.

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire.h"

static SSL_CTX* context;

static void Fail(const char* what) {
  fprintf(stderr, "load: %s\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

void WireSetUp(const Target* target) {
  if (target->is_udp) Fail("TLS needs a stream");
  context = SSL_CTX_new(TLS_client_method());
  if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384") != 1 ||
      SSL_CTX_set1_groups_list(context, "X25519") != 1)
    Fail("SSL_CTX_new");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
}

Wire WireConnect(const Target* target, unsigned number) {
  Wire wire = {.fd = ConnectTo(target, number), .session = SSL_new(context)};
  if (wire.session == NULL || SSL_set_fd(wire.session, wire.fd) != 1) Fail("SSL_new");
  SSL_set_connect_state(wire.session);
  return wire;
}

// The result of an operation that did not succeed, as recv and send tell it.
static ssize_t Outcome(Wire* wire, int result) {
  int error = SSL_get_error(wire->session, result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_SYSCALL && errno != 0) return -1;
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) Fail("TLS failed");
  errno = EAGAIN;
  return -1;
}

ssize_t WireSend(Wire* wire, const void* bytes, size_t count) {
  ERR_clear_error();
  int result = SSL_write(wire->session, bytes, (int)count);
  wire->send_wants_read = result <= 0 && SSL_get_error(wire->session, result) == SSL_ERROR_WANT_READ;
  return result > 0 ? result : Outcome(wire, result);
}

// Until there is no whole record left: what OpenSSL has taken from the socket, no poller tells of.
ssize_t WireReceive(Wire* wire, void* bytes, size_t count) {
  ssize_t received = 0;
  ERR_clear_error();
  do {
    int result = SSL_read(wire->session, (char*)bytes + received, (int)(count - (size_t)received));
    if (result <= 0) return received > 0 ? received : Outcome(wire, result);
    received += result;
  } while (SSL_pending(wire->session) > 0 && (size_t)received < count);
  return received;
}

void WireClose(Wire* wire) {
  SSL_shutdown(wire->session);
  SSL_free(wire->session);
  close(wire->fd);
}
