// What many live jobs have in common - tenant, class, route group, model, tags - kept once instead
// of in each of them.
#ifndef LULL_SERVER_ENGINE_JOB_KIND_H_
#define LULL_SERVER_ENGINE_JOB_KIND_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/scheduler/plan.h"
#include "storage/record.h"

namespace lull {

struct JobKind {
  std::string tenant;
  std::string class_name;
  std::string route_group;
  std::string model;
  std::vector<std::string> required_tags;
  RunWhen run_when = RunWhen::kClassDefault;
  // In the plan; -1 where it does not (any more) have that name: such a job waits for the operator.
  int class_index = -1;
  int route = -1;

  bool schedulable() const { return class_index >= 0 && route >= 0; }
  friend bool operator==(const JobKind& a, const JobKind& b) {
    return a.tenant == b.tenant && a.class_name == b.class_name && a.route_group == b.route_group &&
           a.model == b.model && a.required_tags == b.required_tags && a.run_when == b.run_when;
  }
  template <typename H>
  friend H AbslHashValue(H h, const JobKind& kind) {
    return H::combine(std::move(h), kind.tenant, kind.class_name, kind.route_group, kind.model,
                      kind.required_tags, static_cast<int>(kind.run_when));
  }
};

// Counts the jobs of each kind; a kind without jobs is forgotten.
class JobKindTable {
 public:
  using Index = uint32_t;

  // Adds one job to the kind and resolves its names in the plan.
  Index Acquire(JobKind kind, const Plan& plan) {
    // Jobs of a kind mostly come in a row, and to compare is quicker than to hash.
    if (latest_ < kinds_.size() && jobs_[latest_] > 0 && kinds_[latest_] == kind) {
      ++jobs_[latest_];
      return latest_;
    }
    const auto found = index_.find(kind);
    if (found != index_.end()) {
      ++jobs_[found->second];
      return latest_ = found->second;
    }
    kind.class_index = plan.FindClass(kind.class_name).value_or(-1);
    kind.route = plan.FindRouteGroup(kind.route_group).value_or(-1);
    Index index;
    if (free_.empty()) {
      index = static_cast<Index>(kinds_.size());
      kinds_.push_back(kind);
      jobs_.push_back(1);
    } else {
      index = free_.back();
      free_.pop_back();
      kinds_[index] = kind;
      jobs_[index] = 1;
    }
    index_.emplace(std::move(kind), index);
    return latest_ = index;
  }

  void Release(Index index) {
    if (--jobs_[index] > 0) return;
    index_.erase(kinds_[index]);
    kinds_[index] = JobKind();
    free_.push_back(index);
  }

  const JobKind& operator[](Index index) const { return kinds_[index]; }

 private:
  std::vector<JobKind> kinds_;
  std::vector<int64_t> jobs_;
  std::vector<Index> free_;
  Index latest_ = 0;                           // that was acquired; may be forgotten
  absl::flat_hash_map<JobKind, Index> index_;  // never iterated
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_JOB_KIND_H_
