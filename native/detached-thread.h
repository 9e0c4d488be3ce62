// Threads that cannot be stopped, because they sleep in a system call. They are detached, and block all
// signals (a new thread inherits the mask), which are for the threads of the program.

#ifndef SELECTLOOP_DETACHED_THREAD_H_
#define SELECTLOOP_DETACHED_THREAD_H_

#include <pthread.h>
#include <signal.h>

#include <cstddef>

#include "keep-loaded.h"

namespace selectloop {

// Runs `run(data)` on a thread of its own. 0, or -errno: then `data` is still the caller's.
inline int StartDetachedThread(size_t stackBytes, void* (*run)(void*), void* data) {
  KeepLibraryLoaded(reinterpret_cast<const void*>(run));
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return -error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, stackBytes);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  error = pthread_create(&thread, &attributes, run, data);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return -error;
}

}  // namespace selectloop

#endif  // SELECTLOOP_DETACHED_THREAD_H_
