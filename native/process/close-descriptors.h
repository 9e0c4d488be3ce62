// Closing what a child shall not inherit. Async-signal-safe.

#ifndef SELECTLOOP_PROCESS_CLOSE_DESCRIPTORS_H_
#define SELECTLOOP_PROCESS_CLOSE_DESCRIPTORS_H_

#include <cstddef>

namespace selectloop {

// Closes all descriptors above 2 but the `count` ones at `kept`, which are above 2 and ascending.
void CloseAllBut(const int* kept, size_t count);

}  // namespace selectloop

#endif  // SELECTLOOP_PROCESS_CLOSE_DESCRIPTORS_H_
