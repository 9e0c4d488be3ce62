// Signals as bytes in a pipe. While a signal is watched, our handler writes the signal's number to the
// descriptor that the watcher named; the loop reads it there like any other input. Node's own handlers cannot
// serve a thread that blocks: they wait for Node's loop to turn.
//
// PROCESS-WIDE, with reason, as only the threads of names/ are: a disposition belongs to the process,
// whichever thread asks, and the handler has nothing but the signal's number to find its data by. So the
// table below is shared by all environments (worker threads), a mutex orders those that change it, and each
// entry remembers which environment put it there. One that ends restores what it watched.
//
// SA_RESTART is set. epoll_wait, kevent and poll come back with EINTR whether it is set or not (signal(7)),
// and the byte in the pipe would wake them anyway; but Node's thread pool and other libraries' blocking reads
// in this process should not start to fail because we watch a signal. SA_ONSTACK is set because a runtime in
// the same process may run threads on stacks too small for a handler (Go says so in os/signal). All other
// signals are blocked while the handler runs.
//
// A signal that cannot be written because the pipe is full is dropped: 64 KiB of unread signals are in it by
// then.
//
// STATES of an entry (descriptor, disposition of the process):
//   idle       fd -1     whatever it is to others
//   watching   fd >= 0   ours; after the first delivery of a `once` watch, the default
//   restoring  fd -1     as it was; a handler that started before may still be inside, and is waited for

#include <fcntl.h>
#include <node_api.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "../args.h"
#include "../keep-loaded.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"

namespace selectloop {
namespace {

// The identity of an environment; its destructor is how an environment that ends lets go of its signals.
class SignalOwner {
 public:
  ~SignalOwner();
};

struct Watch {
  std::atomic<int> fd{-1};
  std::atomic<int> handlersInside{0};
  // The rest is guarded by the mutex and never seen by the handler.
  const SignalOwner* owner = nullptr;
  bool once = false;
  struct sigaction saved = {};
};

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

// A real-time signal is the highest (64 on Linux); its number must fit the byte that the handler writes.
constexpr int kSignalCount = NSIG;
static_assert(kSignalCount <= 256, "a signal's number is one byte");

Watch watches[kSignalCount];
// Not std::mutex: nothing here may have a destructor that runs at exit, while another thread still uses it.
pthread_mutex_t watchesMutex = PTHREAD_MUTEX_INITIALIZER;

class WatchesLock {
 public:
  WatchesLock() { pthread_mutex_lock(&watchesMutex); }
  ~WatchesLock() { pthread_mutex_unlock(&watchesMutex); }
  WatchesLock(const WatchesLock&) = delete;
  WatchesLock& operator=(const WatchesLock&) = delete;
};

// Async-signal-safe: lock-free atomics and write(2). Runs on whichever thread the system picks. The entry
// into `handlersInside` comes before the look at `fd`, and StopWriting does the reverse, so one of the two
// always sees the other (sequential consistency, the default).
void WriteToPipe(int signum) {
  const int savedErrno = errno;
  Watch& watch = watches[signum];
  watch.handlersInside.fetch_add(1);
  const int fd = watch.fd.load();
  if (fd >= 0) {
    const unsigned char byte = static_cast<unsigned char>(signum);
    // Nobody can be told of a failure here. EAGAIN is a full pipe, see above; the mask excludes EINTR.
    const ssize_t ignored = write(fd, &byte, 1);
    static_cast<void>(ignored);
  }
  watch.handlersInside.fetch_sub(1);
  errno = savedErrno;
}

void StopWriting(Watch* watch) {
  watch->fd.store(-1);
  while (watch->handlersInside.load() != 0) sched_yield();
}

// The faults of the running instruction: a handler that writes a byte and returns would meet the same fault
// for ever.
bool IsFault(int signum) {
  return signum == SIGSEGV || signum == SIGBUS || signum == SIGFPE || signum == SIGILL;
}

bool IsOurs(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == WriteToPipe;
}

int CheckWriteFd(int writeFd) {
  const int flags = fcntl(writeFd, F_GETFL);
  if (flags < 0) return -errno;
  // In a handler, a write that waits for a reader could wait for the very thread it interrupted.
  return (flags & O_NONBLOCK) == 0 ? -EINVAL : 0;
}

int StartWatch(int signum, int writeFd, bool once, const SignalOwner* owner) {
  if (signum < 1 || signum >= kSignalCount || IsFault(signum)) return -EINVAL;
  const int refusal = CheckWriteFd(writeFd);
  if (refusal != 0) return refusal;
  const WatchesLock lock;
  Watch& watch = watches[signum];
  if (watch.owner != nullptr) return -EBUSY;
  // A handler that the system has already begun to call on another thread would return into nothing.
  KeepLibraryLoaded(reinterpret_cast<const void*>(&WriteToPipe));
  struct sigaction action = {};
  action.sa_handler = WriteToPipe;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  if (once) action.sa_flags |= static_cast<int>(SA_RESETHAND);
  sigfillset(&action.sa_mask);
  // Before sigaction: the first signal may come at once. If it fails, nobody looks at fd.
  watch.fd.store(writeFd);
  if (sigaction(signum, &action, &watch.saved) != 0) {
    watch.fd.store(-1);
    return -errno;
  }
  watch.owner = owner;
  watch.once = once;
  return 0;
}

// With the mutex held. Somebody who came after us and put his own handler there keeps it: putting back what
// was before us would take it from him. After a `once` watch the default is what our own first delivery left.
int StopWatch(int signum) {
  Watch& watch = watches[signum];
  struct sigaction current = {};
  int result = sigaction(signum, nullptr, &current);
  const bool isSpent = watch.once && (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_DFL;
  if (result == 0 && (IsOurs(current) || isSpent)) result = sigaction(signum, &watch.saved, nullptr);
  const int answer = OrErrno(result);
  StopWriting(&watch);
  watch.owner = nullptr;
  return answer;
}

SignalOwner::~SignalOwner() {
  const WatchesLock lock;
  for (int signum = 1; signum < kSignalCount; signum++) {
    if (watches[signum].owner == this) StopWatch(signum);
  }
}

napi_value SignalWatch(napi_env env, napi_callback_info info) {
  Args args(env, info, "signalWatch");
  const int signum = args.Int(0, "signum");
  const int writeFd = args.Int(1, "writeFd");
  const bool once = args.Bool(2, "once");
  if (!args.ok()) return nullptr;
  return ToJs(env, StartWatch(signum, writeFd, once, args.State<SignalOwner>()));
}

napi_value SignalRestore(napi_env env, napi_callback_info info) {
  Args args(env, info, "signalRestore");
  const int signum = args.Int(0, "signum");
  if (!args.ok()) return nullptr;
  if (signum < 1 || signum >= kSignalCount) return ToJs(env, -EINVAL);
  const WatchesLock lock;
  // Not watched, or by another environment, whose pipe it is.
  if (watches[signum].owner != args.State<SignalOwner>()) return ToJs(env, -ENOENT);
  return ToJs(env, StopWatch(signum));
}

}  // namespace

void RegisterSignals(Napi::Env env, Napi::Object exports) {
  SignalOwner* owner = NewEnvironmentState<SignalOwner>(env);
  Export(env, exports, "signalWatch", SignalWatch, owner);
  Export(env, exports, "signalRestore", SignalRestore, owner);
}

}  // namespace selectloop
