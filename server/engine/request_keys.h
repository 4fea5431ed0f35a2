// The idempotency keys of the last day or two. Two generations, each as long as the window: a key
// is found for at least the window and at most twice that, and forgetting costs nothing per key.
#ifndef LULL_SERVER_ENGINE_REQUEST_KEYS_H_
#define LULL_SERVER_ENGINE_REQUEST_KEYS_H_

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "storage/record.h"

namespace lull {

class RequestKeys {
 public:
  using Key = std::array<uint64_t, 2>;
  struct Use {
    uint64_t content = 0;
    JobNumber job = 0;
  };

  explicit RequestKeys(absl::Duration window) : window_(window) {}

  // nullptr: not used. Valid until the next Add.
  const Use* Find(const Key& key) const {
    for (const Generation* generation : {&current_, &previous_}) {
      const auto found = generation->find(key);
      if (found != generation->end()) return &found->second;
    }
    return nullptr;
  }

  // Times must not fall; a clock that was set back only keeps keys for longer.
  void Add(const KeyAdded& added) {
    if (current_.empty() || added.time >= started_ + window_) {
      if (!current_.empty()) previous_ = std::move(current_);
      current_ = Generation();
      started_ = added.time;
    }
    current_.insert_or_assign(added.key, Use{added.content, added.job});
  }

  int64_t size() const { return static_cast<int64_t>(current_.size() + previous_.size()); }

 private:
  using Generation = absl::flat_hash_map<Key, Use>;  // never iterated
  absl::Duration window_;
  absl::Time started_ = absl::InfinitePast();
  Generation current_;
  Generation previous_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_REQUEST_KEYS_H_
