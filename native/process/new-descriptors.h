// The descriptors that lead from us to a child. All are close-on-exec and above 2: a child whose descriptor
// 0, 1 or 2 is closed in us too must not find one of them there.

#ifndef SELECTLOOP_PROCESS_NEW_DESCRIPTORS_H_
#define SELECTLOOP_PROCESS_NEW_DESCRIPTORS_H_

namespace selectloop {

// A pipe whose both ends block. 0 or -errno.
int OpenPipe(int* reader, int* writer);

// A pipe of which our end, the reader's if `weRead`, does not block. 0 or -errno.
int OpenChildPipe(int* reader, int* writer, bool weRead);

// /dev/null for reading and writing, or -errno.
int OpenNull();

// `fd`, or a duplicate above 2 in its place, which is closed; -errno passes through.
int AboveStdio(int fd);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_NEW_DESCRIPTORS_H_
