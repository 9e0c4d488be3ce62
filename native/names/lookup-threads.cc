#include "lookup-threads.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "../descriptor.h"
#include "../detached-thread.h"
#include "../result.h"

namespace selectloop {

namespace {

enum class Stage { kQueued, kRunning, kAnswered };

// The resolver loads modules of the system's choice (nsswitch.conf), which were written with a main thread's
// stack in mind; macOS gives others 512 KiB and musl 128 KiB. Only what is used of it costs memory.
constexpr size_t kStackBytes = 1 << 20;

}  // namespace

struct LookupRequest {
  Lookup lookup;
  int id = 0;
  Stage stage = Stage::kQueued;
  LookupBox* box = nullptr;  // null: the answer is no longer wanted
  std::vector<uint8_t> answer;
};

struct LookupThreads {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::shared_ptr<LookupRequest>> queue;
  int threads = 0;
  int idle = 0;
  int stuck = 0;

  // Never destroyed: see LIFETIME.
  static LookupThreads& Instance() {
    static LookupThreads* const instance = new LookupThreads();
    return *instance;
  }

  // With the mutex held. 0, or -errno if no thread is there for what is in the queue.
  int StartThreadIfNeeded() {
    if (queue.size() <= static_cast<size_t>(idle)) return 0;
    if (threads - stuck >= kThreadsWanted || threads >= kThreadsMax) return 0;
    const int error = StartDetachedThread(kStackBytes, ThreadMain, this);
    if (error == 0) threads++;
    return threads > 0 ? 0 : error;
  }

  void Run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (threads - stuck <= kThreadsWanted) {
      if (queue.empty()) {
        idle++;
        work.wait(lock);
        idle--;
        continue;
      }
      const std::shared_ptr<LookupRequest> request = queue.front();
      queue.pop_front();
      request->stage = Stage::kRunning;
      lock.unlock();
      std::vector<uint8_t> answer = Perform(request->lookup);
      lock.lock();
      if (request->box == nullptr) {
        stuck--;
      } else {
        request->answer = std::move(answer);
        request->box->Deliver(request);
      }
    }
    // Only a thread that was stuck comes here: it has been replaced meanwhile.
    threads--;
  }

 private:
  static void* ThreadMain(void* self) {
    static_cast<LookupThreads*>(self)->Run();
    return nullptr;
  }
};

namespace {

using Lock = std::lock_guard<std::mutex>;

}  // namespace

int LookupBox::Open() {
  int fds[2];
  const int result = OpenPipe(fds);
  if (result < 0) return result;
  readFd_ = fds[0];
  writeFd_ = fds[1];
  return 0;
}

LookupBox::~LookupBox() {
  const Lock lock(LookupThreads::Instance().mutex);
  while (!requests_.empty()) Forget(requests_.begin()->second);
  if (readFd_ >= 0) close(readFd_);
  if (writeFd_ >= 0) close(writeFd_);
}

int LookupBox::Start(const Lookup& lookup) {
  LookupThreads& pool = LookupThreads::Instance();
  auto request = std::make_shared<LookupRequest>();
  request->lookup = lookup;
  request->box = this;
  const Lock lock(pool.mutex);
  // Numbers come round after 2^31 lookups; the ones that are still out then keep theirs.
  do {
    request->id = nextId_;
    nextId_ = nextId_ == INT_MAX ? 0 : nextId_ + 1;
  } while (requests_.count(request->id) != 0);
  pool.queue.push_back(request);
  const int error = pool.StartThreadIfNeeded();
  if (error < 0) {
    pool.queue.pop_back();
    return error;
  }
  requests_[request->id] = request;
  pool.work.notify_one();
  return request->id;
}

int LookupBox::Take(uint8_t* out, size_t size) {
  const Lock lock(LookupThreads::Instance().mutex);
  if (answered_.empty()) return -EAGAIN;
  const std::shared_ptr<LookupRequest> request = answered_.front();
  const std::vector<uint8_t>& answer = request->answer;
  if (answer.size() > size) {
    memcpy(out, answer.data(), sizeof(uint32_t));
    return -ENOBUFS;
  }
  memcpy(out, answer.data(), answer.size());
  memcpy(out + kAnswerIdOffset, &request->id, sizeof(int32_t));
  Forget(request);
  return request->id;
}

void LookupBox::Abandon(int id) {
  const Lock lock(LookupThreads::Instance().mutex);
  const auto found = requests_.find(id);
  if (found != requests_.end()) Forget(found->second);
}

void LookupBox::Deliver(const std::shared_ptr<LookupRequest>& request) {
  request->stage = Stage::kAnswered;
  answered_.push_back(request);
  if (answered_.size() > 1) return;
  const char byte = 1;
  // There is room: see A BOX'S DESCRIPTOR. A failure here could not be reported.
  const ssize_t ignored = RetryOnEintr([&] { return write(writeFd_, &byte, 1); });
  static_cast<void>(ignored);
}

void LookupBox::Forget(const std::shared_ptr<LookupRequest>& borrowed) {
  const std::shared_ptr<LookupRequest> request = borrowed;
  LookupThreads& pool = LookupThreads::Instance();
  requests_.erase(request->id);
  request->box = nullptr;
  if (request->stage == Stage::kQueued) {
    pool.queue.erase(std::find(pool.queue.begin(), pool.queue.end(), request));
  } else if (request->stage == Stage::kRunning) {
    pool.stuck++;
    // If none can be started, the queue waits for a thread to come back.
    pool.StartThreadIfNeeded();
  } else {
    answered_.erase(std::find(answered_.begin(), answered_.end(), request));
    ReadByteIfEmpty();
  }
}

void LookupBox::ReadByteIfEmpty() {
  if (!answered_.empty()) return;
  char byte = 0;
  const ssize_t ignored = RetryOnEintr([&] { return read(readFd_, &byte, 1); });
  static_cast<void>(ignored);
}

}  // namespace selectloop
