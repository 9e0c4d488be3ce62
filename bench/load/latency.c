#include "latency.h"

#include <string.h>

// Each power of two is cut into 64 equal slots: small latencies and very large ones are told equally well.
enum { kSubBits = 6, kSlots = (64 - kSubBits + 1) << kSubBits };

static uint64_t slots[kSlots];
static uint64_t total;

static int SlotOf(uint64_t ns) {
  if (ns < (1u << kSubBits)) return (int)ns;
  int shift = 63 - __builtin_clzll(ns) - kSubBits;
  return ((shift + 1) << kSubBits) + (int)((ns >> shift) & ((1u << kSubBits) - 1));
}

static double MiddleNs(int slot) {
  if (slot < (1 << kSubBits)) return slot;
  int shift = (slot >> kSubBits) - 1;
  double low = (double)((uint64_t)((1 << kSubBits) + (slot & ((1 << kSubBits) - 1))) << shift);
  return low + (double)(1ull << shift) / 2;
}

void NoteLatency(uint64_t ns) {
  slots[SlotOf(ns)]++;
  total++;
}

void ForgetLatencies(void) {
  memset(slots, 0, sizeof slots);
  total = 0;
}

double LatencyPercentileUs(double share) {
  uint64_t wanted = (uint64_t)((double)total * share);
  uint64_t seen = 0;
  for (int i = 0; i < kSlots; i++) {
    seen += slots[i];
    if (seen > wanted) return MiddleNs(i) / 1000;
  }
  return 0;
}
