#define _GNU_SOURCE
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int Check(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
  }
  return result;
}

// A closed connection keeps its port for a minute (TIME_WAIT), and an address has some 28,000 of them. All of
// 127.0.0.0/8 is ours on Linux; other systems have 127.0.0.1 alone.
static void BindSource(int fd, unsigned number) {
#ifdef IP_BIND_ADDRESS_NO_PORT
  int one = 1;
  struct sockaddr_in source = {.sin_family = AF_INET};
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number % 64);
  Check(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one), "setsockopt");
  Check(bind(fd, (struct sockaddr*)&source, sizeof source), "bind");
#else
  (void)fd;
  (void)number;
#endif
}

static int ConnectUnix(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    fprintf(stderr, "load: path of the unix socket is too long: %s\n", path);
    exit(2);
  }
  strcpy(address.sun_path, path);
  int fd = Check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  Check(connect(fd, (struct sockaddr*)&address, sizeof address), "connect");
  return fd;
}

static int ConnectInternet(const Target* target, unsigned number) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)target->port)};
  if (inet_pton(AF_INET, target->host, &address.sin_addr) != 1) {
    fprintf(stderr, "load: not an IPv4 address: %s\n", target->host);
    exit(2);
  }
  int fd = Check(socket(AF_INET, target->is_udp ? SOCK_DGRAM : SOCK_STREAM, 0), "socket");
  if (!target->is_udp && address.sin_addr.s_addr == htonl(INADDR_LOOPBACK)) BindSource(fd, number);
  Check(connect(fd, (struct sockaddr*)&address, sizeof address), "connect");
  int one = 1;
  if (!target->is_udp) Check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "setsockopt");
  return fd;
}

int ConnectTo(const Target* target, unsigned number) {
  int fd = target->is_unix ? ConnectUnix(target->host) : ConnectInternet(target, number);
  Check(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), "fcntl");
  return fd;
}
