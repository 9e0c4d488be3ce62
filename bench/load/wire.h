// How bytes travel on a connection: as they are (wire-plain.c), or under TLS (wire-tls.c). A build links one
// of the two.
#ifndef LOAD_WIRE_H
#define LOAD_WIRE_H

#include <sys/types.h>

#include "target.h"

typedef struct {
  int fd;
  int send_wants_read;  // sending goes on only after something was received: a handshake
  void* session;
} Wire;

// Ends the program when this build cannot reach that kind of target.
void WireSetUp(const Target* target);

// A connected, non-blocking socket; a handshake begins with the first byte that is sent. Ends the program on
// failure.
Wire WireConnect(const Target* target, unsigned number);

// As send and recv: how many bytes, or -1 with errno; EAGAIN when it is to be tried again later.
ssize_t WireSend(Wire* wire, const void* bytes, size_t count);
ssize_t WireReceive(Wire* wire, void* bytes, size_t count);

void WireClose(Wire* wire);

#endif
