#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kUsage[] =
    "usage: load (--tcp HOST PORT | --udp HOST PORT | --unix PATH) [option value …]\n"
    "       load --counters    tells whether instructions can be counted here\n"
    "  --connections N   that many messages are under way at any time (1)\n"
    "  --bytes N         size of a message (1024)\n"
    "  --pipeline N      messages sent in one write and awaited together (1)\n"
    "  --seconds S       for how long it measures (1)\n"
    "  --warmup S        for how long it runs before that (0)\n"
    "  --steady S        it warms up further until the server's CPU time a message falls no more, for S seconds at\n"
    "                    most; needs --pid (0)\n"
    "  --turns           says \"ready\" when it is warm, and then measures for each byte of its standard input\n"
    "  --storm           a new connection for each message\n"
    "  --beside N        connections that exchange messages beside a storm, whose latencies are not reported (0)\n"
    "  --idle N          connections that exchange one message and then keep silent (0)\n"
    "  --pid N           the server's process, whose CPU time and memory are reported too\n";

static void Usage(const char* problem) {
  fprintf(stderr, "load: %s\n%s", problem, kUsage);
  exit(2);
}

static double Number(const char* text) {
  char* end;
  double value = text == NULL ? -1 : strtod(text, &end);
  if (text == NULL || *text == '\0' || *end != '\0' || value < 0) Usage("a number is needed");
  return value;
}

static int SetNumber(Options* o, const char* name, const char* text) {
  if (strcmp(name, "--connections") == 0) o->connections = (int)Number(text);
  else if (strcmp(name, "--idle") == 0) o->idle = (int)Number(text);
  else if (strcmp(name, "--beside") == 0) o->beside = (int)Number(text);
  else if (strcmp(name, "--bytes") == 0) o->message_bytes = (size_t)Number(text);
  else if (strcmp(name, "--pipeline") == 0) o->pipeline = (size_t)Number(text);
  else if (strcmp(name, "--seconds") == 0) o->seconds = Number(text);
  else if (strcmp(name, "--warmup") == 0) o->warmup_seconds = Number(text);
  else if (strcmp(name, "--steady") == 0) o->steady_seconds = Number(text);
  else if (strcmp(name, "--pid") == 0) o->pid = (int)Number(text);
  else return 0;
  return 1;
}

Options ReadOptions(int argc, char** argv) {
  Options o = {.connections = 1, .message_bytes = 1024, .pipeline = 1, .seconds = 1};
  for (int i = 1; i < argc; i++) {
    const char* name = argv[i];
    int is_udp = strcmp(name, "--udp") == 0;
    if (strcmp(name, "--storm") == 0) {
      o.storm = 1;
    } else if (strcmp(name, "--turns") == 0) {
      o.turns = 1;
    } else if (strcmp(name, "--unix") == 0 && i + 1 < argc) {
      o.target = (Target){.is_unix = 1, .host = argv[++i]};
    } else if ((is_udp || strcmp(name, "--tcp") == 0) && i + 2 < argc) {
      o.target = (Target){.is_udp = is_udp, .host = argv[i + 1], .port = (int)Number(argv[i + 2])};
      i += 2;
    } else if (!SetNumber(&o, name, i + 1 < argc ? argv[i + 1] : NULL)) {
      Usage(name);
    } else {
      i++;
    }
  }
  if (o.target.host == NULL) Usage("no server was named");
  if (o.connections < 1 || o.message_bytes < 1 || o.pipeline < 1) Usage("counts and sizes start at 1");
  if (o.beside > 0 && !o.storm) Usage("--beside needs --storm");
  return o;
}
