// The one function by which each room joins the addon. Called once per environment.

#ifndef SELECTLOOP_ROOMS_H_
#define SELECTLOOP_ROOMS_H_

#include <napi.h>

#include "owned-descriptors.h"

namespace selectloop {

void RegisterPollers(Napi::Env env, Napi::Object exports);
void RegisterWakeups(Napi::Env env, Napi::Object exports);
void RegisterWakeGroups(Napi::Env env, Napi::Object exports);
void RegisterSignals(Napi::Env env, Napi::Object exports);
void RegisterSocketCalls(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned);
void RegisterFdCalls(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned);
void RegisterNetCalls(Napi::Env env, Napi::Object exports);
void RegisterPipeCalls(Napi::Env env, Napi::Object exports);
void RegisterProcesses(Napi::Env env, Napi::Object exports, OwnedDescriptors* owned);
void RegisterNames(Napi::Env env, Napi::Object exports);
void RegisterTls(Napi::Env env, Napi::Object exports);
void RegisterThreadEnd(Napi::Env env, Napi::Object exports);
void RegisterGuests(Napi::Env env, Napi::Object exports);
void RegisterConstants(Napi::Env env, Napi::Object exports);

}  // namespace selectloop

#endif  // SELECTLOOP_ROOMS_H_
