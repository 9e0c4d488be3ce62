// The words of OpenSSL for what it refused. They are in a queue that belongs to the thread, and the thread
// belongs to node as well as to us: code that takes an error of ours from it leaves it empty, and starts with
// an empty one.

#ifndef SELECTLOOP_TLS_FAILURE_H_
#define SELECTLOOP_TLS_FAILURE_H_

#include <string>

#include "openssl.h"

namespace selectloop {

// Library and reason of an entry of the queue.
int ErrorLibrary(unsigned long error);
int ErrorReason(unsigned long error);

// Empties the queue into lines "error:0A000086:SSL routines::certificate verify failed", the oldest first,
// which is the cause of the others.
std::string TakeErrors(const openssl::Functions& ssl);

// True, and the queue is empty, when what it has is only "no more PEM": the normal end of a list.
bool TakeEndOfPem(const openssl::Functions& ssl);

}  // namespace selectloop

#endif  // SELECTLOOP_TLS_FAILURE_H_
