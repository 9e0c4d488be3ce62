// The limit: an echo server that does what any server must, one recv and one send a message and one wait a
// batch, and nothing else. No other contender can be cheaper with the same system calls.
//
//   limit [--port N] [--udp] | --unix PATH        prints "listening PORT" when it is ready

#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "limit-common.h"

enum { kMaxFds = 1 << 16 };

// What a peer has not taken yet. Only slow readers of large messages ever need it.
typedef struct {
  char* bytes;
  size_t offset;
  size_t length;
} Pending;

static Pending pending[kMaxFds];
static char buffer[kBufferBytes];
static int poller;

static void Watch(int fd, uint32_t events, int op) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  Check(epoll_ctl(poller, op, fd, &event), "epoll_ctl");
}

static void Drop(int fd) {
  free(pending[fd].bytes);
  pending[fd] = (Pending){0};
  close(fd);
}

static void Keep(int fd, const char* bytes, size_t length) {
  char* copy = malloc(length);
  memcpy(copy, bytes, length);
  pending[fd] = (Pending){copy, 0, length};
  Watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
}

static void FlushPending(int fd) {
  Pending* p = &pending[fd];
  ssize_t n = send(fd, p->bytes + p->offset, p->length - p->offset, MSG_NOSIGNAL);
  if (n < 0) {
    if (errno != EAGAIN) Drop(fd);
    return;
  }
  p->offset += (size_t)n;
  if (p->offset < p->length) return;
  free(p->bytes);
  *p = (Pending){0};
  Watch(fd, EPOLLIN, EPOLL_CTL_MOD);
}

static void Echo(int fd) {
  ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) Drop(fd);
    return;
  }
  ssize_t sent = send(fd, buffer, (size_t)got, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    Drop(fd);
    return;
  }
  if (sent < got) Keep(fd, buffer + (sent < 0 ? 0 : sent), (size_t)(got - (sent < 0 ? 0 : sent)));
}

static void EchoDatagrams(int fd) {
  struct sockaddr_storage from;
  socklen_t length = sizeof from;
  ssize_t got;
  while ((got = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr*)&from, &length)) >= 0) {
    sendto(fd, buffer, (size_t)got, 0, (struct sockaddr*)&from, length);
    length = sizeof from;
  }
}

static void Accept(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) Watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

static int BindUnix(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = Check(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
  Check(bind(fd, (struct sockaddr*)&address, sizeof address), "bind");
  printf("listening %s\n", path);
  return fd;
}

int main(int argc, char** argv) {
  int port = 0;
  int is_udp = 0;
  const char* path = NULL;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--udp") == 0) is_udp = 1;
    else if (strcmp(argv[i], "--port") == 0 && i + 1 < argc) port = atoi(argv[++i]);
    else if (strcmp(argv[i], "--unix") == 0 && i + 1 < argc) path = argv[++i];
  }
  int listener = path != NULL ? BindUnix(path) : BindPort(port, is_udp ? SOCK_DGRAM : SOCK_STREAM);
  if (!is_udp) Check(listen(listener, 4096), "listen");
  fflush(stdout);
  poller = Check(epoll_create1(0), "epoll_create1");
  Watch(listener, EPOLLIN, EPOLL_CTL_ADD);
  struct epoll_event events[kMaxEvents];
  for (;;) {
    int n = epoll_wait(poller, events, kMaxEvents, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) (is_udp ? EchoDatagrams : Accept)(listener);
      else if (events[i].events & EPOLLOUT) FlushPending(fd);
      else Echo(fd);
    }
  }
}
