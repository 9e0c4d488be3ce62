// Equal messages to one receiver as segments of one: UDP_SEGMENT of udp(7), where the system has it.

#ifndef SELECTLOOP_SOCKET_SEND_SEGMENTS_H_
#define SELECTLOOP_SOCKET_SEND_SEGMENTS_H_

#include "batch.h"

namespace selectloop {

// Sends the first few of `count` messages as segments: how many; 0 when nothing was sent, and they have to be
// sent otherwise; -errno when the system has something against the first one that it says once.
int SendSegments(int fd, const Datagram* messages, int count);

}  // namespace selectloop

#endif  // SELECTLOOP_SOCKET_SEND_SEGMENTS_H_
