// A histogram of latencies.
#ifndef LOAD_LATENCY_H
#define LOAD_LATENCY_H

#include <stdint.h>

void NoteLatency(uint64_t ns);
void ForgetLatencies(void);

// The latency, in microseconds, that `share` (0 to 1) of all do not exceed. Right to 1 part in 64.
double LatencyPercentileUs(double share);

#endif
