// gRPC's library, kept for as long as the process runs.
//
// gRPC counts what uses it and shuts itself down with the last channel or server. Its callback API's own threads
// (gRPC 1.51, "nexting_thread") are not among what it counts: one that is still on its way out when the library goes,
// or comes back, reads freed memory and crashes the process. Seen in tests that open and close many channels, one run
// of some hundred; a program that closes its channel and exits runs the same race.
#ifndef LULL_BASE_GRPC_GRPC_LIBRARY_H_
#define LULL_BASE_GRPC_GRPC_LIBRARY_H_

#include <grpc/grpc.h>

namespace lull {

// To be called before a channel or server is made; any number of times, by any thread.
inline void KeepGrpcLibrary() {
  static const bool kept = [] {
    grpc_init();
    return true;
  }();
  static_cast<void>(kept);
}

}  // namespace lull

#endif  // LULL_BASE_GRPC_GRPC_LIBRARY_H_
