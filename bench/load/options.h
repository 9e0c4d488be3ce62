// The command line of the load generator; the text of its usage is in options.c.
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stddef.h>

#include "target.h"

typedef struct {
  Target target;
  int connections;
  int idle;
  int beside;
  size_t message_bytes;
  size_t pipeline;
  double warmup_seconds;
  double steady_seconds;
  double seconds;
  int storm;
  int turns;
  int pid;
} Options;

Options ReadOptions(int argc, char** argv);

#endif
