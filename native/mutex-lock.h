// A mutex of the process and its guard. Not std::mutex: nothing here may have a destructor that runs at exit,
// while another thread still uses it.

#ifndef SELECTLOOP_MUTEX_LOCK_H_
#define SELECTLOOP_MUTEX_LOCK_H_

#include <pthread.h>

namespace selectloop {

class MutexLock {
 public:
  explicit MutexLock(pthread_mutex_t* mutex) : mutex_(mutex) { pthread_mutex_lock(mutex_); }
  ~MutexLock() { pthread_mutex_unlock(mutex_); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  pthread_mutex_t* const mutex_;
};

}  // namespace selectloop

#endif  // SELECTLOOP_MUTEX_LOCK_H_
