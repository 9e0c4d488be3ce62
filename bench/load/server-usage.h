// What another process, the server, has used so far.
#ifndef LOAD_SERVER_USAGE_H
#define LOAD_SERVER_USAGE_H

// CPU time of the process and all its threads, user and system, in seconds; -1 when it cannot be told.
double ServerCpuSeconds(int pid);

// Bytes of memory the process holds, -1 when it cannot be told.
long long ServerResidentBytes(int pid);

#endif
