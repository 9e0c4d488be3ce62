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
// CHAINING. The handler that was there before, libuv's above all, is called after ours: Node's children would
// never be reaped without SIGCHLD. libuv installs its handler anew whenever the first JavaScript listener or
// child wants a signal, and sets the default when the last is gone; both replace ours. Reassert notices that,
// puts ours back, and chains to what it found.
//
// INTERRUPTS (Ctrl-C during run()) do not chain: run() turns them into an exception. The first one is a byte.
// Launchers (tsx, node --watch, npm) relay the Ctrl-C that the terminal has sent to the program, too: so one
// that follows within kEchoMs is the same one, which a line on stderr says, also when the run has ended
// meanwhile: it must not kill a program that handles what run() threw. A later one ends the process from
// inside the handler, even if JavaScript is stuck: by the default action, or by _exit as PID 1, for which the
// kernel ignores default actions.
//
// STATES of an entry (descriptor, disposition of the process):
//   idle       fd -1     whatever it is to others
//   watching   fd >= 0   ours, until it is replaced; ours again after Reassert
//   restoring  fd -1     as it was; a handler that started before may still be inside, and is waited for
//   echoing    fd -1     ours: a run ended within kEchoMs of its interrupt. The first signal after that puts
//                        back what was before, and is raised again

#include <fcntl.h>
#include <node_api.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "../args.h"
#include "../keep-loaded.h"
#include "../mutex-lock.h"
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

using PlainHandler = void (*)(int);
using InfoHandler = void (*)(int, siginfo_t*, void*);

struct Watch {
  std::atomic<int> fd{-1};
  std::atomic<int> handlersInside{0};
  std::atomic<bool> isInterrupt{false};
  // Whether one came since the watch began.
  std::atomic<bool> isInterrupted{false};
  // When the last interrupt came that was no echo, in whatever run; 0 before.
  std::atomic<int64_t> interruptedAtMs{0};
  // What is called after us: at most one of the two.
  std::atomic<PlainHandler> nextPlain{nullptr};
  std::atomic<InfoHandler> nextInfo{nullptr};
  // The rest is guarded by the mutex.
  const SignalOwner* owner = nullptr;
  // Written only while the disposition is not ours; the handler reads it while it is.
  struct sigaction saved = {};
};

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free &&
                  std::atomic<InfoHandler>::is_always_lock_free,
              "a signal handler may use nothing else");

// Longer than a launcher takes to relay a Ctrl-C, shorter than a person takes to press it again on purpose.
constexpr int64_t kEchoMs = 300;

// A real-time signal is the highest (64 on Linux); its number must fit the byte that the handler writes.
constexpr int kSignalCount = NSIG;
static_assert(kSignalCount <= 256, "a signal's number is one byte");

Watch watches[kSignalCount];
pthread_mutex_t watchesMutex = PTHREAD_MUTEX_INITIALIZER;

// For people, from inside a handler. Skipped if it would have to wait: that pipe is not being read.
void Say(const char* text) {
  struct pollfd out = {STDERR_FILENO, POLLOUT, 0};
  if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return;
  const ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
  static_cast<void>(ignored);
}

int64_t MonotonicMs() {
  struct timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000 + 1;
}

void EndProcess(int signum) {
  Say("selectloop: second Ctrl-C, ended at once\n");
  struct sigaction byDefault = {};
  byDefault.sa_handler = SIG_DFL;
  sigaction(signum, &byDefault, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, signum);
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  if (getpid() != 1) raise(signum);
  _exit(128 + signum);
}

// Whether an interrupt at `nowMs` is the last one, relayed.
bool IsEcho(int64_t interruptedAtMs, int64_t nowMs) {
  return interruptedAtMs != 0 && nowMs - interruptedAtMs < kEchoMs;
}

void SayEcho() {
  Say("selectloop: Ctrl-C twice within 300 ms counts as one; press it again to end at once\n");
}

// Sent by this process itself: no launcher has relayed it. The kernel's own, those of a terminal, have no
// pid; of si_code the systems have their own ideas.
bool IsOwn(const siginfo_t* info) { return info->si_pid == getpid(); }

// Whether this interrupt is the first one of its run. Does not return for one that ends the process.
bool IsFirstInterrupt(Watch* watch, int signum, const siginfo_t* info) {
  const int64_t nowMs = MonotonicMs();
  int64_t lastMs = watch->interruptedAtMs.load();
  const bool mayBeEcho = watch->isInterrupted.load() || !IsOwn(info);
  // If the exchange fails, another thread has just noted one.
  if ((mayBeEcho && IsEcho(lastMs, nowMs)) ||
      !watch->interruptedAtMs.compare_exchange_strong(lastMs, nowMs)) {
    SayEcho();
    return false;
  }
  if (watch->isInterrupted.exchange(true)) EndProcess(signum);
  return true;
}

bool IsOurs(const struct sigaction& action);

// Nobody watches any more, and our handler is still there for echoes: the first signal that is none goes to
// what was before, when this handler returns. Not where we were called by a handler that replaced ours.
void PassOn(const Watch& watch, int signum, const siginfo_t* info) {
  struct sigaction current = {};
  if (sigaction(signum, nullptr, &current) != 0 || !IsOurs(current)) return;
  if (!IsOwn(info) && IsEcho(watch.interruptedAtMs.load(), MonotonicMs())) {
    SayEcho();
    return;
  }
  sigaction(signum, &watch.saved, nullptr);
  raise(signum);
}

// Async-signal-safe: lock-free atomics and system calls. Runs on whichever thread the system picks. The entry
// into `handlersInside` comes before the look at `fd`, and WriteTo does the reverse, so one of the two
// always sees the other (sequential consistency, the default).
void OnSignal(int signum, siginfo_t* info, void* context) {
  const int savedErrno = errno;
  Watch& watch = watches[signum];
  watch.handlersInside.fetch_add(1);
  const int fd = watch.fd.load();
  const bool isInterrupt = watch.isInterrupt.load();
  if (fd < 0) PassOn(watch, signum, info);
  if (fd >= 0 && (!isInterrupt || IsFirstInterrupt(&watch, signum, info))) {
    const unsigned char byte = static_cast<unsigned char>(signum);
    // A failure here cannot be reported. EAGAIN is a full pipe, see above; the mask excludes EINTR.
    const ssize_t ignored = write(fd, &byte, 1);
    static_cast<void>(ignored);
  }
  const PlainHandler nextPlain = watch.nextPlain.load();
  const InfoHandler nextInfo = watch.nextInfo.load();
  if (fd >= 0 && !isInterrupt && nextPlain != nullptr) nextPlain(signum);
  if (fd >= 0 && !isInterrupt && nextInfo != nullptr) nextInfo(signum, info, context);
  watch.handlersInside.fetch_sub(1);
  errno = savedErrno;
}

// Handlers that begin after this use `fd`, and none is left that used another.
void WriteTo(Watch* watch, int fd) {
  watch->fd.store(fd);
  while (watch->handlersInside.load() != 0) sched_yield();
}

// The faults of the running instruction: a handler that writes a byte and returns would meet the same fault
// for ever.
bool IsFault(int signum) {
  return signum == SIGSEGV || signum == SIGBUS || signum == SIGFPE || signum == SIGILL;
}

bool IsOurs(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == OnSignal;
}

// Notes the disposition that ours replaces: what Stop puts back, and what our handler calls after itself. Not
// one that is reset when it is called: such a handler ends the process by raising its signal again, as Node's
// own for SIGINT and SIGTERM does, which only stands in for the default action.
void ChainTo(Watch* watch, const struct sigaction& previous) {
  const bool takesInfo = (previous.sa_flags & SA_SIGINFO) != 0;
  const bool isReset = (previous.sa_flags & static_cast<int>(SA_RESETHAND)) != 0;
  const bool isFunction =
      !isReset && (takesInfo || (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN));
  watch->saved = previous;
  watch->nextPlain.store(isFunction && !takesInfo ? previous.sa_handler : nullptr);
  watch->nextInfo.store(isFunction && takesInfo ? previous.sa_sigaction : nullptr);
}

// Makes the disposition ours.
int Install(int signum) {
  struct sigaction action = {};
  action.sa_sigaction = OnSignal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  return OrErrno(sigaction(signum, &action, nullptr));
}

int CheckWriteFd(int writeFd) {
  const int flags = fcntl(writeFd, F_GETFL);
  if (flags < 0) return -errno;
  // In a handler, a write that waits for a reader could wait for the very thread it interrupted.
  return (flags & O_NONBLOCK) == 0 ? -EINVAL : 0;
}

int StartWatch(int signum, int writeFd, bool isInterrupt, const SignalOwner* owner) {
  if (signum < 1 || signum >= kSignalCount || IsFault(signum)) return -EINVAL;
  const int refusal = CheckWriteFd(writeFd);
  if (refusal != 0) return refusal;
  const MutexLock lock(&watchesMutex);
  Watch& watch = watches[signum];
  const bool isOurs = watch.owner == owner && watch.fd.load() == writeFd;
  if (watch.owner != nullptr && !isOurs) return -EBUSY;
  // A handler that the system has already begun to call on another thread would return into nothing.
  KeepLibraryLoaded(reinterpret_cast<const void*>(&OnSignal));
  struct sigaction previous = {};
  if (sigaction(signum, nullptr, &previous) != 0) return -errno;
  // Before sigaction: the first signal may come at once. If it fails, they are never looked at. Ours is there
  // already if only the use changes, or if a run has just ended.
  if (!IsOurs(previous)) ChainTo(&watch, previous);
  watch.isInterrupt.store(isInterrupt);
  watch.isInterrupted.store(false);
  WriteTo(&watch, writeFd);
  const int result = Install(signum);
  if (result != 0) {
    watch.fd.store(-1);
    watch.owner = nullptr;
    return result;
  }
  watch.owner = owner;
  return 0;
}

// With the mutex held. Puts our handler back if it was replaced, and chains to the other one. Returns
// 1 if it was replaced, 0 if not, or -errno.
int Reassert(int signum) {
  Watch& watch = watches[signum];
  struct sigaction current = {};
  if (sigaction(signum, nullptr, &current) != 0) return -errno;
  if (IsOurs(current)) return 0;
  ChainTo(&watch, current);
  const int result = Install(signum);
  return result == 0 ? 1 : result;
}

// With the mutex held. A handler that was installed after ours stays: putting back what
// was before us would take it from him. Ours stays while an echo may come.
int StopWatch(int signum) {
  Watch& watch = watches[signum];
  struct sigaction current = {};
  int result = sigaction(signum, nullptr, &current);
  const bool isEchoing = watch.isInterrupt.load() && IsEcho(watch.interruptedAtMs.load(), MonotonicMs());
  if (result == 0 && IsOurs(current) && !isEchoing) result = sigaction(signum, &watch.saved, nullptr);
  const int answer = OrErrno(result);
  WriteTo(&watch, -1);
  watch.owner = nullptr;
  return answer;
}

SignalOwner::~SignalOwner() {
  const MutexLock lock(&watchesMutex);
  for (int signum = 1; signum < kSignalCount; signum++) {
    if (watches[signum].owner == this) StopWatch(signum);
  }
}

napi_value SignalWatch(napi_env env, napi_callback_info info) {
  Args args(env, info, "signalWatch");
  const int signum = args.Int(0, "signum");
  const int writeFd = args.Int(1, "writeFd");
  const bool isInterrupt = args.Bool(2, "isInterrupt");
  if (!args.ok()) return nullptr;
  return ToJs(env, StartWatch(signum, writeFd, isInterrupt, args.State<SignalOwner>()));
}

napi_value SignalRestore(napi_env env, napi_callback_info info) {
  Args args(env, info, "signalRestore");
  const int signum = args.Int(0, "signum");
  if (!args.ok()) return nullptr;
  if (signum < 1 || signum >= kSignalCount) return ToJs(env, -EINVAL);
  const MutexLock lock(&watchesMutex);
  // Not watched, or by another environment, whose pipe it is.
  if (watches[signum].owner != args.State<SignalOwner>()) return ToJs(env, -ENOENT);
  return ToJs(env, StopWatch(signum));
}

napi_value SignalReassert(napi_env env, napi_callback_info info) {
  Args args(env, info, "signalReassert");
  const int signum = args.Int(0, "signum");
  if (!args.ok()) return nullptr;
  if (signum < 1 || signum >= kSignalCount) return ToJs(env, -EINVAL);
  const MutexLock lock(&watchesMutex);
  if (watches[signum].owner != args.State<SignalOwner>()) return ToJs(env, -ENOENT);
  return ToJs(env, Reassert(signum));
}

}  // namespace

void RegisterSignals(Napi::Env env, Napi::Object exports) {
  SignalOwner* owner = NewEnvironmentState<SignalOwner>(env);
  Export(env, exports, "signalWatch", SignalWatch, owner);
  Export(env, exports, "signalRestore", SignalRestore, owner);
  Export(env, exports, "signalReassert", SignalReassert, owner);
}

}  // namespace selectloop
