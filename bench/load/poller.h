// Level-triggered readiness: epoll on Linux, kqueue elsewhere.
#ifndef LOAD_POLLER_H
#define LOAD_POLLER_H

enum { kMaxEvents = 1024 };

typedef struct {
  void* data;
  int writable;  // ready for writing; otherwise for reading
} Ready;

void PollerOpen(void);

// From now on `fd` is watched for reading, and for writing too when `write` is set.
void PollerAdd(int fd, void* data);
void PollerWatchWrite(int fd, int write, void* data);

// Returns how many of `ready`, which has room for 2 * kMaxEvents, are filled in; 0 after a signal.
int PollerWait(Ready* ready, int timeout_ms);

#endif
