// The instructions that the server's threads execute, in user mode and in the kernel: unlike time they do not
// depend on what else the machine does. Many virtual machines do not count them.
#ifndef LOAD_INSTRUCTIONS_H
#define LOAD_INSTRUCTIONS_H

// Prints "counted", or why they are not; the exit code of a program that does just this.
int TellCounters(void);

// Counts those of the threads that the process has by now, and of those that these start.
void InstructionsOpen(int pid);

// How many so far; 0 where they cannot be counted.
long long Instructions(void);

#endif
