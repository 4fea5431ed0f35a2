// What loadgen is asked to do.
#ifndef LULL_TOOLS_LOADGEN_LOAD_OPTIONS_H_
#define LULL_TOOLS_LOADGEN_LOAD_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace lull {

struct LoadOptions {
  std::string server = "127.0.0.1:7411";

  // It ends with the first of both. 0 jobs: no such bound.
  int64_t jobs = 0;
  absl::Duration time = absl::Seconds(10);

  // Jobs a second, started on a fixed schedule whatever the answers do (open loop). 0: the next one
  // starts when one is answered (closed loop).
  double rate = 0;
  int in_flight = 64;     // calls, at most
  int connections = 1;    // or streams
  int per_message = 100;  // jobs

  // The jobs.
  std::string class_name;
  std::string model = "m1";
  int body_bytes = 1024;
  int labels = 0;
  bool request_ids = false;
  absl::Duration ttl = absl::ZeroDuration();  // 0: the class's

  int watchers = 100;  // of mode watch

  // As worker.
  int workers = 2;  // processes of mode life
  int polls = 4;    // of each connection, in flight
  int lease_jobs = 100;
  int answer_bytes = 1024;
  std::string credential = "key";
  int64_t backlog = 10'000;  // of mode life: jobs submitted and not finished, at most
  bool tell = false;         // of mode worker: print the number finished as it grows
  std::string worker_id = "loadgen";
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_LOAD_OPTIONS_H_
