// A closed-loop load generator: each connection sends one message, waits until all of it has come back, sends
// the next. One thread, level-triggered, so that it costs less than any server it measures. Every received
// byte is compared with what was sent: an answer that is fast and wrong ends the run.
//
// A measurement begins and ends with nothing under way: what it counts is all that the server did in it. With
// --turns there is one for each byte of standard input, so that servers that run side by side take turns.
//
// Prints a JSON object for each: messages, seconds, messages a second, latency percentiles in microseconds
// (from the write of a batch to the last byte of its answer, connecting included in a storm), its own CPU
// seconds, to show that it was not what limited the run, and the server's CPU seconds, read at the very
// moments the count starts and ends; its instructions too, where the machine counts them.

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "instructions.h"
#include "latency.h"
#include "options.h"
#include "poller.h"
#include "server-usage.h"
#include "wire.h"

// A datagram whose answer has not come by then is lost: it is sent again, and counted.
static const uint64_t kLostAfterNs = 200000000;

// It is warm when so many windows in a row were not cheaper than the cheapest before them, by this factor.
// Disturbances make a window dearer, and so do not keep it from ending.
enum { kWindowsWithoutGain = 3 };
static const double kGain = 0.97;

typedef struct {
  Wire wire;
  int wants_write;
  size_t sent;
  size_t received;
  uint64_t started_ns;
} Connection;

static Options options;
static size_t batch_bytes;
static char* pattern;
static char* scratch;
static Connection* connections;
static Connection* busy;
static unsigned connected;
// No batch is started any more; those that are under way are waited for.
static int draining;
static unsigned under_way;
static uint64_t batches;
static uint64_t lost;

static void Fail(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void Refuse(const char* what) {
  fprintf(stderr, "load: %s\n", what);
  exit(1);
}

static uint64_t NowNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double OwnCpuSeconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void WatchWrite(Connection* c, int write) {
  if (c->wants_write == write) return;
  PollerWatchWrite(c->wire.fd, write, c);
  c->wants_write = write;
}

static void SendMore(Connection* c) {
  while (c->sent < batch_bytes) {
    ssize_t n = WireSend(&c->wire, pattern + c->sent, batch_bytes - c->sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      WatchWrite(c, !c->wire.send_wants_read);
      return;
    }
    if (n < 0) Fail("send");
    c->sent += (size_t)n;
  }
  WatchWrite(c, 0);
}

static void Connect(Connection* c) {
  *c = (Connection){.wire = WireConnect(&options.target, connected++)};
  PollerAdd(c->wire.fd, c);
}

static int IsNew(const Connection* c) { return options.storm && !(c >= busy && c < busy + options.beside); }

static void SendBatch(Connection* c, uint64_t now) {
  c->sent = 0;
  c->received = 0;
  c->started_ns = now;
  SendMore(c);
}

static void StartBatch(Connection* c) {
  uint64_t now = NowNs();
  if (IsNew(c)) Connect(c);
  under_way++;
  SendBatch(c, now);
}

static void StartAll(void) {
  draining = 0;
  for (int i = 0; i < options.beside; i++) StartBatch(&busy[i]);
  for (int i = 0; i < options.connections; i++) StartBatch(&connections[i]);
}

// On a connection with nothing under way: a datagram that was sent twice, or the end.
static void ReceiveUnasked(Connection* c) {
  ssize_t n = WireReceive(&c->wire, scratch, batch_bytes);
  if (n >= 0 && !options.target.is_udp) Refuse(n == 0 ? "the server closed a connection" : "the server sent too much");
}

// Returns 1 when a whole batch has come back.
static int ReceiveSome(Connection* c) {
  if (c->wire.send_wants_read) {
    SendMore(c);
    return 0;
  }
  if (c->received == batch_bytes) {
    ReceiveUnasked(c);
    return 0;
  }
  ssize_t n = WireReceive(&c->wire, scratch, batch_bytes - c->received);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (n < 0) Fail("recv");
  if (n == 0) Refuse("the server closed a connection");
  if (memcmp(scratch, pattern + c->received, (size_t)n) != 0) Refuse("the server sent back something else");
  c->received += (size_t)n;
  return c->received == batch_bytes;
}

static void FinishBatch(Connection* c) {
  batches++;
  if (options.beside == 0 || IsNew(c)) NoteLatency(NowNs() - c->started_ns);
  if (IsNew(c)) WireClose(&c->wire);
  under_way--;
  if (!draining) StartBatch(c);
}

static void ResendLost(void) {
  uint64_t now = NowNs();
  for (int i = 0; i < options.connections; i++) {
    Connection* c = &connections[i];
    if (c->received == batch_bytes || now - c->started_ns < kLostAfterNs) continue;
    lost++;
    SendBatch(c, now);
  }
}

// Until then, or until nothing is under way any more.
static void RunUntil(uint64_t end) {
  static Ready ready[2 * kMaxEvents];
  uint64_t last_progress = NowNs();
  for (uint64_t now = last_progress; draining ? under_way > 0 : now < end; now = NowNs()) {
    int n = PollerWait(ready, 100);
    for (int i = 0; i < n; i++) {
      Connection* c = ready[i].data;
      if (ready[i].writable) SendMore(c);
      else if (ReceiveSome(c)) FinishBatch(c);
    }
    if (n > 0) last_progress = now;
    else if (options.target.is_udp) ResendLost();
    if (now - last_progress > 10000000000u) Refuse("the server has not answered for 10 seconds");
  }
}

static void RunFor(double seconds) { RunUntil(NowNs() + (uint64_t)(seconds * 1e9)); }

static void Drain(void) {
  draining = 1;
  RunUntil(0);
}

// Until the server's code is compiled, and its pools are filled. Returns how long it took.
static double WarmUp(void) {
  uint64_t start = NowNs();
  uint64_t end = start + (uint64_t)(options.steady_seconds * 1e9);
  double least = 0;
  int without_gain = 0;
  do {
    double cpu = options.pid == 0 ? 0 : ServerCpuSeconds(options.pid);
    batches = 0;
    RunFor(options.warmup_seconds);
    if (batches == 0) continue;
    double cost = (options.pid == 0 ? 0 : ServerCpuSeconds(options.pid) - cpu) / (double)batches;
    without_gain = least > 0 && cost > kGain * least ? without_gain + 1 : 0;
    if (least == 0 || cost < least) least = cost;
  } while (without_gain < kWindowsWithoutGain && options.pid != 0 && NowNs() < end);
  return (double)(NowNs() - start) / 1e9;
}

// Connects those that will keep silent. Each exchanges one message first, so that the server has all its
// state for it.
static void ConnectIdle(void) {
  enum { kAtOnce = 64 };  // well below any server's backlog
  static Ready ready[2 * kMaxEvents];
  Connection* idle = calloc((size_t)options.idle, sizeof *idle);
  uint64_t deadline = NowNs() + 60000000000u;
  int started = 0;
  int done = 0;
  while (done < options.idle) {
    for (; started < options.idle && started < done + kAtOnce; started++) {
      Connect(&idle[started]);
      SendMore(&idle[started]);
    }
    if (NowNs() > deadline) Refuse("the server did not take all idle connections within 60 seconds");
    int n = PollerWait(ready, 100);
    for (int i = 0; i < n; i++) {
      Connection* c = ready[i].data;
      if (ready[i].writable) SendMore(c);
      else if (!ReceiveSome(c)) continue;
      else if (c >= idle && c < idle + options.idle) done++;
      else FinishBatch(c);
    }
  }
}

static void Report(double seconds, double server_cpu, double load_cpu, long long idle_bytes, double warmup,
                   long long instructions) {
  uint64_t messages = batches * options.pipeline;
  printf("{\"messages\":%llu,\"seconds\":%.6f,\"messagesPerSecond\":%.1f,", (unsigned long long)messages, seconds,
         (double)messages / seconds);
  printf("\"p50Us\":%.1f,\"p90Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f,", LatencyPercentileUs(0.5),
         LatencyPercentileUs(0.9), LatencyPercentileUs(0.99), LatencyPercentileUs(0.999));
  if (options.pid != 0) printf("\"serverCpuSeconds\":%.9f,", server_cpu);
  if (options.pid != 0 && options.idle != 0) printf("\"idleBytes\":%lld,", idle_bytes);
  if (instructions > 0) printf("\"serverInstructions\":%lld,", instructions);
  printf("\"warmupSeconds\":%.3f,", warmup);
  if (options.target.is_udp) printf("\"lost\":%llu,", (unsigned long long)lost);
  printf("\"loadCpuSeconds\":%.6f}\n", load_cpu);
  fflush(stdout);
}

// Returns how long it took.
static double WarmUpAll(long long* idle_bytes) {
  // Those beside a storm are all taken before it begins: it is to find a server that is busy, not one that
  // starts.
  for (int i = 0; i < options.beside; i++) StartBatch(&busy[i]);
  double warmup = options.beside == 0 ? 0 : WarmUp();
  for (int i = 0; i < options.connections; i++) StartBatch(&connections[i]);
  warmup += WarmUp();
  if (options.idle == 0) return warmup;
  long long bytes_before = ServerResidentBytes(options.pid);
  ConnectIdle();
  *idle_bytes = ServerResidentBytes(options.pid) - bytes_before;
  // What code was compiled for before did not know of new connections: it is compiled anew.
  return warmup + WarmUp();
}

static void Measure(double warmup, long long idle_bytes) {
  ForgetLatencies();
  batches = 0;
  lost = 0;
  uint64_t start = NowNs();
  double load_before = OwnCpuSeconds();
  double server_before = options.pid == 0 ? 0 : ServerCpuSeconds(options.pid);
  long long instructions_before = Instructions();
  StartAll();
  RunFor(options.seconds);
  Drain();
  long long instructions = Instructions() - instructions_before;
  double server_after = options.pid == 0 ? 0 : ServerCpuSeconds(options.pid);
  double seconds = (double)(NowNs() - start) / 1e9;
  if (server_before < 0 || server_after < 0) Refuse("the server's CPU time cannot be read: is it still running?");
  Report(seconds, server_after - server_before, OwnCpuSeconds() - load_before, idle_bytes, warmup,
         instructions);
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--counters") == 0) return TellCounters();
  signal(SIGPIPE, SIG_IGN);
  options = ReadOptions(argc, argv);
  batch_bytes = options.message_bytes * options.pipeline;
  pattern = malloc(batch_bytes);
  scratch = malloc(batch_bytes);
  connections = calloc((size_t)options.connections, sizeof *connections);
  busy = calloc((size_t)options.beside + 1, sizeof *busy);
  // Lines, so that the same load serves line-based servers: the last byte of each message is a newline.
  for (size_t i = 0; i < batch_bytes; i++)
    pattern[i] = (i + 1) % options.message_bytes == 0 ? '\n' : (char)('a' + i % 26);
  PollerOpen();
  WireSetUp(&options.target);
  if (!options.storm)
    for (int i = 0; i < options.connections; i++) Connect(&connections[i]);
  for (int i = 0; i < options.beside; i++) Connect(&busy[i]);
  long long idle_bytes = 0;
  double warmup = WarmUpAll(&idle_bytes);
  Drain();
  if (options.pid != 0) InstructionsOpen(options.pid);
  if (!options.turns) {
    Measure(warmup, idle_bytes);
    return 0;
  }
  puts("ready");
  fflush(stdout);
  for (char byte; read(STDIN_FILENO, &byte, 1) == 1;) Measure(warmup, idle_bytes);
  return 0;
}
