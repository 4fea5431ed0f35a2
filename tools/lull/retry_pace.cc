#include "tools/lull/retry_pace.h"

#include <algorithm>

#include "absl/random/uniform_real_distribution.h"
#include "tools/lull/client.h"

namespace lull {
namespace {

constexpr absl::Duration kFirstUpper = absl::Milliseconds(200);
constexpr absl::Duration kLastUpper = absl::Seconds(3);

}  // namespace

absl::Duration RetryPace::Next() {
  upper_ = upper_ == absl::ZeroDuration() ? kFirstUpper : std::min(2 * upper_, kLastUpper);
  return absl::Uniform(random_, 0.5, 1.0) * upper_;
}

void RetryPace::Reset() { upper_ = absl::ZeroDuration(); }

bool MayPass(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
      return true;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      // gRPC's own word for a connection that broke in mid-call; the server's comes with details.
      return !status.GetPayload(kErrorDetailsPayload).has_value();
    default:
      return false;
  }
}

}  // namespace lull
