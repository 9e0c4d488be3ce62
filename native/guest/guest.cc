#include "guest.h"

#include <cerrno>
#include <cmath>
#include <utility>

// Deno has the functions of libuv that are used here, but this one: without it a timer of a guest counts from
// the beginning of libuv's iteration, and may have to be started again.
#pragma weak uv_update_time

namespace selectloop {
namespace {

// libuv's timers count in milliseconds; a day is as good as never for a plan that is renewed at each turn.
constexpr double kDelayMsMax = 24.0 * 3600 * 1000;

template <typename Handle>
uv_handle_t* Base(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

int Guest::Open(napi_env env, int fd, napi_value turn, std::function<void()> onClosed, Guest** out) {
  Guest* guest = new Guest(env);
  guest->onClosed_ = std::move(onClosed);
  const int result = guest->Begin(fd, turn);
  if (result < 0) {
    guest->Free();
    return result;
  }
  *out = guest;
  return 0;
}

// What can fail comes first, so that there is no libuv handle yet to be closed.
int Guest::Begin(int fd, napi_value turn) {
  if (napi_get_uv_event_loop(env_, &loop_) != napi_ok) return -EINVAL;
  napi_value name = nullptr;
  if (napi_create_reference(env_, turn, 1, &turn_) != napi_ok ||
      napi_create_string_utf8(env_, "selectloop:guest", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env_, nullptr, name, &context_) != napi_ok) {
    return -ENOMEM;
  }
  const int result = Watch(fd, &poll_);
  if (result < 0) return result;
  const auto onEnvironmentEnd = [](napi_async_cleanup_hook_handle, void* data) {
    Guest* guest = static_cast<Guest*>(data);
    if (guest->closing_) return;  // its close callbacks tell the environment
    if (guest->onClosed_) guest->onClosed_();
    guest->Close();
  };
  napi_add_async_cleanup_hook(env_, onEnvironmentEnd, this, &hook_);
  uv_timer_init(loop_, &timer_);
  uv_idle_init(loop_, &idle_);
  uv_check_init(loop_, &check_);
  openHandles_ += 3;
  timer_.data = idle_.data = check_.data = this;
  // The poll handle alone says whether Node may end.
  uv_unref(Base(&timer_));
  uv_unref(Base(&idle_));
  uv_unref(Base(&check_));
  return 0;
}

int Guest::Watch(int fd, uv_poll_t** out) {
  uv_poll_t* poll = new uv_poll_t();
  int result = uv_poll_init(loop_, poll, fd);
  if (result < 0) {
    delete poll;
    return result;
  }
  openHandles_++;
  poll->data = this;
  uv_poll_start(poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
    Guest* guest = static_cast<Guest*>(handle->data);
    // A descriptor that libuv cannot watch any more is an error that the loop's own poll raises.
    if (!guest->busy_) guest->Turn();
  });
  if (!keepsAlive_) uv_unref(Base(poll));
  *out = poll;
  return 0;
}

int Guest::Follow(int fd) {
  uv_poll_t* before = poll_;
  const int result = Watch(fd, &poll_);
  if (result < 0) return result;
  uv_close(Base(before), [](uv_handle_t* handle) {
    Guest* guest = static_cast<Guest*>(handle->data);
    delete reinterpret_cast<uv_poll_t*>(handle);
    guest->HandleClosed();
  });
  return 0;
}

void Guest::Plan(double delayMs, bool keepsAlive) {
  if (keepsAlive != keepsAlive_) {
    keepsAlive_ = keepsAlive;
    if (keepsAlive)
      uv_ref(Base(poll_));
    else
      uv_unref(Base(poll_));
  }
  if (delayMs == 0) {
    if (busy_) return;
    busy_ = true;
    uv_timer_stop(&timer_);
    uv_idle_start(&idle_, [](uv_idle_t*) {});
    uv_check_start(&check_, [](uv_check_t* handle) { static_cast<Guest*>(handle->data)->Turn(); });
    return;
  }
  StopBusy();
  if (!(delayMs > 0)) {
    uv_timer_stop(&timer_);
    return;
  }
  const double delayNs = std::fmin(delayMs, kDelayMsMax) * 1e6;
  dueNs_ = uv_hrtime() + static_cast<uint64_t>(std::ceil(delayNs));
  StartTimer();
}

// libuv counts in whole milliseconds, from a time it cut off at the start of its iteration. It sleeps for the
// delay rounded up, which is enough; but after an iteration for another reason the timer may come early, by
// less than a millisecond. Rounding the due time up instead would be late by a millisecond more each time.
void Guest::StartTimer() {
  const uint64_t nowNs = uv_hrtime();
  const uint64_t leftNs = dueNs_ > nowNs ? dueNs_ - nowNs : 0;
  if (uv_update_time != nullptr) uv_update_time(loop_);
  const uv_timer_cb due = [](uv_timer_t* handle) {
    Guest* guest = static_cast<Guest*>(handle->data);
    if (guest->busy_) return;
    if (uv_hrtime() < guest->dueNs_)
      guest->StartTimer();
    else
      guest->Turn();
  };
  uv_timer_start(&timer_, due, (leftNs + 999999) / 1000000, 0);
}

void Guest::StopBusy() {
  if (!busy_) return;
  busy_ = false;
  uv_idle_stop(&idle_);
  uv_check_stop(&check_);
}

void Guest::Turn() {
  if (closing_) return;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  turnDepth_++;
  napi_value turn = nullptr;
  napi_value global = nullptr;
  napi_get_reference_value(env_, turn_, &turn);
  napi_get_global(env_, &global);
  const napi_status status = napi_make_callback(env_, context_, global, turn, 0, nullptr, nullptr);
  bool isPending = false;
  if (status != napi_ok && napi_is_exception_pending(env_, &isPending) == napi_ok && isPending) {
    napi_value error = nullptr;
    napi_get_and_clear_last_exception(env_, &error);
    napi_fatal_exception(env_, error);
  }
  napi_close_handle_scope(env_, scope);
  turnDepth_--;
  FreeWhenOver();
}

void Guest::Close() {
  closing_ = true;
  const uv_close_cb onClosed = [](uv_handle_t* handle) { static_cast<Guest*>(handle->data)->HandleClosed(); };
  uv_close(Base(poll_), [](uv_handle_t* handle) {
    Guest* guest = static_cast<Guest*>(handle->data);
    delete reinterpret_cast<uv_poll_t*>(handle);
    guest->HandleClosed();
  });
  uv_close(Base(&timer_), onClosed);
  uv_close(Base(&idle_), onClosed);
  uv_close(Base(&check_), onClosed);
}

void Guest::HandleClosed() {
  openHandles_--;
  FreeWhenOver();
}

void Guest::FreeWhenOver() {
  if (closing_ && openHandles_ == 0 && turnDepth_ == 0) Free();
}

void Guest::Free() {
  if (turn_ != nullptr) napi_delete_reference(env_, turn_);
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  // Last: an environment that is ending has been waiting for this.
  if (hook_ != nullptr) napi_remove_async_cleanup_hook(hook_);
  delete this;
}

}  // namespace selectloop
