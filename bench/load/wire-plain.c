#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

void WireSetUp(const Target* target) { (void)target; }

Wire WireConnect(const Target* target, unsigned number) { return (Wire){.fd = ConnectTo(target, number)}; }

ssize_t WireSend(Wire* wire, const void* bytes, size_t count) { return send(wire->fd, bytes, count, 0); }

ssize_t WireReceive(Wire* wire, void* bytes, size_t count) { return recv(wire->fd, bytes, count, 0); }

void WireClose(Wire* wire) { close(wire->fd); }
