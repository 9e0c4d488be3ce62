/* A slow resolver, put in front of the system's with LD_PRELOAD: `slow-<milliseconds>.test` is answered after
 * this delay, all else at once. Network trouble on request, without a network. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <time.h>

typedef int (*getaddrinfo_call)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
  getaddrinfo_call real = (getaddrinfo_call)dlsym(RTLD_NEXT, "getaddrinfo");
  int milliseconds = 0;
  if (host == NULL || sscanf(host, "slow-%d.test", &milliseconds) != 1) return real(host, service, hints, list);
  struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  nanosleep(&pause, NULL);
  return real("127.0.0.1", service, hints, list);
}
