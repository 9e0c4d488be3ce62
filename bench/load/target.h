// The server under load, and connections to it.
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

typedef struct {
  int is_unix;
  int is_udp;
  const char* host;  // IPv4, or the path of a unix socket
  int port;
} Target;

// A connected, non-blocking socket. `number` spreads connections over source addresses. Ends the program on
// failure.
int ConnectTo(const Target* target, unsigned number);

#endif
