// The leases that this worker holds, from the server's reply until their report is taken. On the
// event loop's thread alone.
#ifndef LULL_WORKER_HELD_LEASES_H_
#define LULL_WORKER_HELD_LEASES_H_

#include <cstdint>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "worker/secret.h"

namespace lull {

struct HeldLease {
  enum class State {
    kCalling,    // its call is with the HTTP client
    kAborting,   // the same, but the server wants it no more: what comes of it is reported
    kLost,       // the same, but the lease is another's: what comes of it is dropped
    kReporting,  // its report or release is with the reporter
  };
  State state = State::kCalling;
  uint64_t call_id = 0;     // of the HTTP client
  absl::Duration received;  // steady time
  std::string job_id;
  std::string path;
  bool watched = false;  // its output is passed on
  Secret key;            // that was sent, to be kept out of the report
};

class HeldLeases {
 public:
  // A token is given out once; false if it is held already.
  bool Add(const std::string& token, HeldLease lease) {
    return leases_.emplace(token, std::move(lease)).second;
  }
  // nullptr if it is not held. Valid until the lease is removed.
  HeldLease* Find(absl::string_view token) {
    const auto found = leases_.find(token);
    return found == leases_.end() ? nullptr : &found->second;
  }
  void Remove(absl::string_view token) {
    if (const auto found = leases_.find(token); found != leases_.end()) leases_.erase(found);
  }

  int size() const { return static_cast<int>(leases_.size()); }
  // Calls that are with the HTTP client.
  int calls() const {
    int calls = 0;
    for (const auto& [token, lease] : leases_) {
      if (lease.state != HeldLease::State::kReporting) ++calls;
    }
    return calls;
  }

  // By token.
  const absl::btree_map<std::string, HeldLease>& all() const { return leases_; }
  absl::btree_map<std::string, HeldLease>& all() { return leases_; }

 private:
  absl::btree_map<std::string, HeldLease> leases_;
};

}  // namespace lull

#endif  // LULL_WORKER_HELD_LEASES_H_
