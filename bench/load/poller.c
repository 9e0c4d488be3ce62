#include "poller.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/epoll.h>
#else
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>
#endif

static int poller;

static int Check(int result, const char* what) {
  if (result < 0 && errno != EINTR) {
    perror(what);
    exit(1);
  }
  return result;
}

#ifdef __linux__

void PollerOpen(void) { poller = Check(epoll_create1(0), "load: epoll_create1"); }

static void Control(int op, int fd, uint32_t events, void* data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  Check(epoll_ctl(poller, op, fd, &event), "load: epoll_ctl");
}

void PollerAdd(int fd, void* data) { Control(EPOLL_CTL_ADD, fd, EPOLLIN, data); }

void PollerWatchWrite(int fd, int write, void* data) {
  Control(EPOLL_CTL_MOD, fd, write ? EPOLLIN | EPOLLOUT : EPOLLIN, data);
}

int PollerWait(Ready* ready, int timeout_ms) {
  static struct epoll_event events[kMaxEvents];
  int n = Check(epoll_wait(poller, events, kMaxEvents, timeout_ms), "load: epoll_wait");
  int count = 0;
  for (int i = 0; i < n; i++) {
    if (events[i].events & EPOLLOUT) ready[count++] = (Ready){events[i].data.ptr, 1};
    if (events[i].events & ~(uint32_t)EPOLLOUT) ready[count++] = (Ready){events[i].data.ptr, 0};
  }
  return count;
}

#else

void PollerOpen(void) { poller = Check(kqueue(), "load: kqueue"); }

static void Change(int fd, int filter, int flags, void* data) {
  struct kevent change;
  EV_SET(&change, (uintptr_t)fd, filter, flags, 0, 0, data);
  Check(kevent(poller, &change, 1, NULL, 0, NULL), "load: kevent");
}

void PollerAdd(int fd, void* data) { Change(fd, EVFILT_READ, EV_ADD, data); }

void PollerWatchWrite(int fd, int write, void* data) {
  Change(fd, EVFILT_WRITE, write ? EV_ADD : EV_DELETE, data);
}

int PollerWait(Ready* ready, int timeout_ms) {
  static struct kevent events[kMaxEvents];
  struct timespec timeout = {timeout_ms / 1000, (timeout_ms % 1000) * 1000000L};
  int n = Check(kevent(poller, NULL, 0, events, kMaxEvents, &timeout), "load: kevent");
  for (int i = 0; i < n; i++) ready[i] = (Ready){(void*)events[i].udata, events[i].filter == EVFILT_WRITE};
  return n < 0 ? 0 : n;
}

#endif
