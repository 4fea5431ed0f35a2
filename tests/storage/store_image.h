// What a store holds, or ought to hold, in memory: applying a group to an image does what
// ApplyGroup does to a store.
#ifndef LULL_TESTS_STORAGE_STORE_IMAGE_H_
#define LULL_TESTS_STORAGE_STORE_IMAGE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/job_store.h"
#include "storage/record.h"

namespace lull {

class StoreImage {
 public:
  // All that the store's own verbs and a reader of it give. The store must have been recovered.
  static absl::StatusOr<StoreImage> Read(JobStore& store);

  void Apply(const Group& group);

  const std::map<JobNumber, LiveState>& live() const { return live_; }
  struct Outcome {
    std::string text;  // that tells it apart, with the response
    absl::Time end_time;
    friend bool operator==(const Outcome&, const Outcome&) = default;
  };
  const std::map<JobNumber, Outcome>& ended() const { return ended_; }
  JobNumber next_job() const { return next_job_; }
  // As a store tells it: the newest job may have been deleted.
  void RaiseNextJob(JobNumber number) { next_job_ = std::max(next_job_, number); }
  EventNumber next_event() const { return first_event_ + static_cast<int64_t>(events_.size()); }

  // "" if they hold the same, else the first difference.
  std::string Difference(const StoreImage& other) const;

  // The same, where of what ended, happened or was added up to `until` any part may have been
  // pruned; of events and keys a prefix.
  std::string DifferenceAfterPruning(const StoreImage& other, absl::Time until) const;

 private:
  void Apply(const JobCreated& created);
  void Apply(const LiveChanged& changed) { live_[changed.live.number] = changed.live; }
  void Apply(const JobEnded& ended);
  void Apply(const JobDeleted& deleted);
  void Apply(const KeyAdded& key);
  void Apply(const UsageAdded& usage);
  void Apply(const SmallState& state);

  // Specs and keys as text that tells them apart, bodies included.
  std::map<JobNumber, std::string> specs_;
  std::map<JobNumber, LiveState> live_;
  std::map<JobNumber, Outcome> ended_;
  std::vector<std::pair<std::string, absl::Time>> keys_;
  std::map<std::string, UsageAdded> usage_;  // by what tells the rows apart
  std::map<std::pair<std::string, std::string>, std::string> small_states_;
  std::vector<Event> events_;
  EventNumber first_event_ = 1;
  JobNumber next_job_ = 1;
};

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_STORE_IMAGE_H_
