// What the provider can serve at once: slots, and a flow of output tokens that all calls share.
// Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_CAPACITY_H_
#define LULL_TOOLS_BUSY_API_CAPACITY_H_

#include <cstdint>

#include "absl/time/time.h"

namespace lull {

class Capacity {
 public:
  // False when `slots` calls are being served.
  bool TryTake(int64_t slots);
  // Takes one though none may be free.
  void Take() { ++taken_; }
  void Release();
  int64_t taken() const { return taken_; }

  // How long a call takes that begins at `now` (steady), would take `alone` on its own and makes
  // `tokens`: the tokens of all calls leave at `tokens_per_s` (0: no limit), first come first
  // served, so the calls of an overloaded provider slow each other down.
  absl::Duration Schedule(absl::Duration now, absl::Duration alone, int64_t tokens,
                          double tokens_per_s);

 private:
  int64_t taken_ = 0;
  absl::Duration flow_free_at_ = -absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_CAPACITY_H_
