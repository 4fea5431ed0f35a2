// The idempotency keys of the last day or two. Two generations, each as long as the window: a key
// is found for at least the window and at most twice that, and forgetting costs nothing per key.
//
// An entry keeps 96 bits of the key and 32 of its content's hash. Two of 100 million keys are taken
// for one once in 10^13 such servers; and a request_id that is used again for something else is
// overlooked, and taken for a repetition, once in four thousand million.
#ifndef LULL_SERVER_ENGINE_REQUEST_KEYS_H_
#define LULL_SERVER_ENGINE_REQUEST_KEYS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "server/engine/dense_table.h"
#include "storage/record.h"

namespace lull {

class RequestKeys {
 public:
  using Key = std::array<uint64_t, 2>;
  struct Use {
    JobNumber job = 0;
    bool same_content = false;
  };

  explicit RequestKeys(absl::Duration window) : window_(window) {}

  // nullopt: not used.
  std::optional<Use> Find(const Key& key, uint64_t content) const {
    for (const Generation* generation : {&current_, &previous_}) {
      if (const Entry* entry = generation->Find(Entry::HashOf(key), HasKey{key})) {
        return Use{entry->job, entry->content == static_cast<uint32_t>(content)};
      }
    }
    return std::nullopt;
  }

  // Times must not fall; a clock that was set back only keeps keys for longer.
  void Add(const KeyAdded& added) {
    Forget(added.time);
    if (size() == 0) started_ = added.time;
    const Entry entry{added.key[0], static_cast<uint32_t>(added.key[1]),
                      static_cast<uint32_t>(added.content), added.job};
    if (Entry* known = current_.Find(Entry::HashOf(added.key), HasKey{added.key})) {
      *known = entry;
    } else {
      current_.Insert(entry);
    }
  }

  // Lets go of those that need not be found any more.
  void Forget(absl::Time now) {
    if (size() == 0 || now < next_forget()) return;
    const bool all = now >= next_forget() + window_;
    previous_ = std::exchange(current_, Generation());
    if (all) previous_ = Generation();
    if (loading_) current_.StartLoad();
    started_ = now;
  }
  // When Forget has something to do again; of no meaning while there are no keys.
  absl::Time next_forget() const { return started_ + window_; }

  // Around the keys of a start.
  void StartLoad() {
    loading_ = true;
    current_.StartLoad();
  }
  void FinishLoad() {
    loading_ = false;
    current_.FinishLoad();
    previous_.FinishLoad();
  }

  int64_t size() const { return static_cast<int64_t>(current_.size() + previous_.size()); }

 private:
  struct Entry {
    uint64_t key_high = 0;
    uint32_t key_low = 0;
    uint32_t content = 0;
    JobNumber job = 0;  // 0: empty
    static uint32_t HashOf(const Key& key) {
      return static_cast<uint32_t>(key[0] * 0x9e3779b97f4a7c15U >> 32);
    }
    uint32_t hash() const { return HashOf({key_high, key_low}); }
    bool empty() const { return job == 0; }
  };
  struct HasKey {
    const Key& key;
    bool operator()(const Entry& entry) const {
      return entry.key_high == key[0] && entry.key_low == static_cast<uint32_t>(key[1]);
    }
  };
  using Generation = DenseTable<Entry>;

  absl::Duration window_;
  absl::Time started_ = absl::InfinitePast();
  Generation current_;
  Generation previous_;
  bool loading_ = false;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_REQUEST_KEYS_H_
