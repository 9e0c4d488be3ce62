// Pseudo-terminals: our side, the master, and the child's.

#ifndef SELECTLOOP_PROCESS_TERMINAL_H_
#define SELECTLOOP_PROCESS_TERMINAL_H_

namespace selectloop {

// Opens both sides, close-on-exec and above 2; ours does not block. 0 or -errno.
int OpenTerminal(int rows, int columns, int* master, int* childs);

// Sets the size; the processes in the terminal's foreground get SIGWINCH. 0 or -errno.
int ResizeTerminal(int fd, int rows, int columns);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_TERMINAL_H_
