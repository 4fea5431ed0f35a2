// What the calls of one group used, added up, so that a commit writes one row for each upstream and
// model and not one for each call.
#ifndef LULL_SERVER_ENGINE_USAGE_TALLY_H_
#define LULL_SERVER_ENGINE_USAGE_TALLY_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/btree_map.h"
#include "server/engine/job_kind.h"
#include "storage/record.h"

namespace lull {

class UsageTally {
 public:
  // A call that ended, of a job of this kind. A lease that was given back was no call.
  void Add(const JobKind& kind, const Attempt& attempt) { Count(kind, attempt, +1); }
  // What was added for `attempt` is not so: its worker reported after all.
  void Undo(const JobKind& kind, const Attempt& attempt) { Count(kind, attempt, -1); }

  // Moves the sums to the end of `records`, in the order of their keys.
  void MoveTo(std::vector<Record>* records);

 private:
  struct Sums {
    int64_t calls = 0;
    int64_t maybe_billed_calls = 0;
    Usage usage;
    friend bool operator==(const Sums&, const Sums&) = default;
  };
  // Day, tenant, class, upstream, model.
  using Key = std::tuple<int32_t, std::string, std::string, std::string, std::string>;

  void Count(const JobKind& kind, const Attempt& attempt, int sign);

  absl::btree_map<Key, Sums> sums_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_USAGE_TALLY_H_
