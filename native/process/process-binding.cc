// Processes as JavaScript sees them: ProcessCalls of src/kernel/process-calls.ts.

#include <node_api.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <vector>

#include "../args.h"
#include "../owned-descriptors.h"
#include "../result.h"
#include "../room.h"
#include "../rooms.h"
#include "exit-watch.h"
#include "own-children.h"
#include "spawn.h"
#include "terminal.h"

namespace selectloop {
namespace {

struct ProcessState {
  OwnedDescriptors* owned = nullptr;
  OwnChildren children;
};

// (text, numbers, limits, out): out gets the step that failed, or the descriptor of the end, those of the
// pipes and that of the terminal.
napi_value ProcessSpawn(napi_env env, napi_callback_info info) {
  Args args(env, info, "processSpawn");
  const Span<uint8_t> text = args.Bytes(0, "text");
  const Span<int32_t> numbers = args.Int32s(1, "numbers", kSpawnHeaderNumbers);
  const Span<double> limits = args.Doubles(2, "limits");
  const Span<int32_t> out = args.Int32s(3, "out", 5);
  if (!args.ok()) return nullptr;
  // Copies: a worker may change shared memory while it is checked and while the child reads it.
  std::vector<char> ownText(text.data, text.data + text.size);
  const std::vector<int32_t> ownNumbers(numbers.data, numbers.data + numbers.size);
  const std::vector<double> ownLimits(limits.data, limits.data + limits.size);
  SpawnRequest request;
  if (!ReadSpawnRequest(ownText.data(), ownText.size(), ownNumbers.data(), ownNumbers.size(),
                        ownLimits.data(), ownLimits.size(), &request)) {
    return ToJs(env, -EINVAL);
  }
  Spawned spawned;
  const int result = Spawn(request, &spawned);
  if (result < 0) {
    out.data[0] = spawned.step;
    return ToJs(env, result);
  }
  auto* state = args.State<ProcessState>();
  state->children.Add(spawned.pid);
  const int opened[] = {spawned.exitFd, spawned.pipes[0], spawned.pipes[1], spawned.pipes[2],
                        spawned.terminal};
  for (int i = 0; i < 5; i++) out.data[i] = state->owned->Add(opened[i]);
  return ToJs(env, static_cast<int32_t>(spawned.pid));
}

napi_value ProcessKill(napi_env env, napi_callback_info info) {
  Args args(env, info, "processKill");
  const int pid = args.Int(0, "pid");
  const int signum = args.Int(1, "signum");
  if (!args.ok()) return nullptr;
  if (!args.State<ProcessState>()->children.Has(pid)) return ToJs(env, -ESRCH);
  return ToJs(env, OrErrno(kill(pid, signum)));
}

// A status that is neither is one of a stopped or continued child, which is not asked for.
int32_t ReturncodeOf(int status) { return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status); }

napi_value ProcessReap(napi_env env, napi_callback_info info) {
  Args args(env, info, "processReap");
  const int pid = args.Int(0, "pid");
  const Span<int32_t> out = args.Int32s(1, "out", 1);
  if (!args.ok()) return nullptr;
  OwnChildren& children = args.State<ProcessState>()->children;
  if (!children.Has(pid)) return ToJs(env, -ECHILD);
  int status = 0;
  const pid_t result = RetryOnEintr([&] { return waitpid(pid, &status, WNOHANG); });
  if (result == 0) return ToJs(env, 0);
  // Reaped now, or by code that waits for any child: either way the number no longer belongs to it.
  children.Remove(pid);
  if (result < 0) return ToJs(env, static_cast<int32_t>(result));
  out.data[0] = ReturncodeOf(status);
  return ToJs(env, 1);
}

napi_value ProcessAbandon(napi_env env, napi_callback_info info) {
  Args args(env, info, "processAbandon");
  const int pid = args.Int(0, "pid");
  if (!args.ok()) return nullptr;
  OwnChildren& children = args.State<ProcessState>()->children;
  if (!children.Has(pid)) return ToJs(env, -ECHILD);
  children.Remove(pid);
  kill(pid, SIGKILL);
  ReapKilled({pid});
  return ToJs(env, 0);
}

napi_value TerminalResize(napi_env env, napi_callback_info info) {
  Args args(env, info, "terminalResize");
  const int fd = args.Int(0, "fd");
  const int rows = args.Int(1, "rows");
  const int columns = args.Int(2, "columns");
  if (!args.ok()) return nullptr;
  return ToJs(env, ResizeTerminal(fd, rows, columns));
}

}  // namespace

void RegisterProcesses(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned) {
  auto* state = NewEnvironmentState<ProcessState>(env);
  state->owned = owned;
  Export(env, exports, "processSpawn", ProcessSpawn, state);
  Export(env, exports, "processKill", ProcessKill, state);
  Export(env, exports, "processReap", ProcessReap, state);
  Export(env, exports, "processAbandon", ProcessAbandon, state);
  Export(env, exports, "terminalResize", TerminalResize, state);
}

}  // namespace selectloop
