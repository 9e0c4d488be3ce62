// What the two limits have in common: giving up, and a port on the loopback interface. Include it after
// _GNU_SOURCE is defined.

#ifndef LIMIT_COMMON_H_
#define LIMIT_COMMON_H_

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { kMaxEvents = 1024, kBufferBytes = 100 * 1024 };

static int Check(int result, const char* what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(1);
  }
  return result;
}

// Prints "listening PORT"; whoever listens flushes that when it does.
static int BindPort(int port, int type) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  address.sin_port = htons((uint16_t)port);
  int fd = Check(socket(AF_INET, type | SOCK_NONBLOCK, 0), "socket");
  int one = 1;
  Check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setsockopt");
  Check(bind(fd, (struct sockaddr*)&address, sizeof address), "bind");
  Check(getsockname(fd, (struct sockaddr*)&address, &length), "getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  return fd;
}

#endif  // LIMIT_COMMON_H_
