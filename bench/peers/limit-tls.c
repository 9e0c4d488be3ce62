// The limit under TLS: what any server on OpenSSL must do, one recv and one send a message and one wait a
// batch, and in between what OpenSSL makes of the bytes.
//
//   limit-tls --cert FILE --key FILE [--port N]        prints "listening PORT" when it is ready
//   limit-tls --version                                prints which OpenSSL it is

#define _GNU_SOURCE
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "limit-common.h"

typedef struct {
  int fd;
  uint32_t watched;
  SSL* session;
  // What the peer has not taken yet: nothing more is received until it has. Only slow readers of large
  // messages need it.
  char* kept;
  size_t offset;
  size_t length;
} Connection;

static char buffer[kBufferBytes];
static SSL_CTX* context;
static int poller;

static void RequireTls(int result, const char* what) {
  if (result == 1) return;
  fprintf(stderr, "limit-tls: %s\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static void Watch(Connection* c, uint32_t events) {
  if (c->watched == events) return;
  struct epoll_event event = {.events = events, .data.ptr = c};
  Check(epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event), "epoll_ctl");
  c->watched = events;
}

static void Drop(Connection* c) {
  SSL_free(c->session);
  close(c->fd);
  free(c->kept);
  free(c);
}

// Returns 1 when the operation is to be tried again later, and watches for the moment; otherwise the
// connection is gone.
static int Later(Connection* c, int result) {
  int error = SSL_get_error(c->session, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    Watch(c, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
    return 1;
  }
  // After an error of the protocol there is nobody to say goodbye to.
  if (error == SSL_ERROR_ZERO_RETURN) SSL_shutdown(c->session);
  Drop(c);
  return 0;
}

// Returns how many bytes were sent, -1 when the connection is gone.
static ssize_t Send(Connection* c, const char* bytes, size_t count) {
  size_t sent = 0;
  while (sent < count) {
    ERR_clear_error();
    int result = SSL_write(c->session, bytes + sent, (int)(count - sent));
    if (result <= 0) return Later(c, result) ? (ssize_t)sent : -1;
    sent += (size_t)result;
  }
  return (ssize_t)sent;
}

static void Keep(Connection* c, const char* bytes, size_t length) {
  c->kept = malloc(length);
  memcpy(c->kept, bytes, length);
  c->offset = 0;
  c->length = length;
}

// Returns 1 when nothing is kept any more.
static int FlushKept(Connection* c) {
  ssize_t sent = Send(c, c->kept + c->offset, c->length - c->offset);
  if (sent < 0) return 0;
  c->offset += (size_t)sent;
  if (c->offset < c->length) return 0;
  free(c->kept);
  c->kept = NULL;
  Watch(c, EPOLLIN);
  return 1;
}

static void Echo(Connection* c) {
  if (c->kept != NULL && !FlushKept(c)) return;
  do {
    ERR_clear_error();
    int got = SSL_read(c->session, buffer, sizeof buffer);
    if (got <= 0) {
      Later(c, got);
      return;
    }
    ssize_t sent = Send(c, buffer, (size_t)got);
    if (sent < 0) return;
    if (sent < got) {
      Keep(c, buffer + sent, (size_t)(got - sent));
      return;
    }
  } while (SSL_has_pending(c->session));
}

static void Accept(int listener) {
  int one = 1;
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    Connection* c = calloc(1, sizeof *c);
    *c = (Connection){.fd = fd, .watched = EPOLLIN, .session = SSL_new(context)};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    RequireTls(SSL_set_fd(c->session, fd), "SSL_set_fd");
    SSL_set_accept_state(c->session);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    Check(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

static int Listen(int port) {
  int fd = BindPort(port, SOCK_STREAM);
  Check(listen(fd, 4096), "listen");
  fflush(stdout);
  return fd;
}

static SSL_CTX* NewContext(const char* cert, const char* key) {
  SSL_CTX* created = SSL_CTX_new(TLS_server_method());
  RequireTls(created != NULL, "SSL_CTX_new");
  RequireTls(cert != NULL && key != NULL, "--cert and --key are needed");
  RequireTls(SSL_CTX_use_certificate_chain_file(created, cert), cert);
  RequireTls(SSL_CTX_use_PrivateKey_file(created, key, SSL_FILETYPE_PEM), key);
  SSL_CTX_set_mode(created, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One recv takes a whole record, and not its header first.
  SSL_CTX_set_read_ahead(created, 1);
  return created;
}

int main(int argc, char** argv) {
  int port = 0;
  const char* cert = NULL;
  const char* key = NULL;
  if (argc == 2 && strcmp(argv[1], "--version") == 0) return puts(OpenSSL_version(OPENSSL_VERSION)) < 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--port") == 0) port = atoi(argv[i + 1]);
    else if (strcmp(argv[i], "--cert") == 0) cert = argv[i + 1];
    else if (strcmp(argv[i], "--key") == 0) key = argv[i + 1];
  }
  signal(SIGPIPE, SIG_IGN);
  context = NewContext(cert, key);
  poller = Check(epoll_create1(0), "epoll_create1");
  int listener = Listen(port);
  struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL};
  Check(epoll_ctl(poller, EPOLL_CTL_ADD, listener, &listening), "epoll_ctl");
  struct epoll_event events[kMaxEvents];
  for (;;) {
    int n = epoll_wait(poller, events, kMaxEvents, -1);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == NULL) Accept(listener);
      else Echo(events[i].data.ptr);
    }
  }
}
