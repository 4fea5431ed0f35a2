#include "server/api/request_key.h"

#include "server/api/canonical_hash.h"
#include "server/api/job_input.h"

namespace lull {

std::array<uint64_t, 2> RequestKeyOf(absl::string_view tenant, absl::string_view request_id) {
  return Hash128({"request_id", tenant, request_id});
}

uint64_t ContentHashOf(const v1::Job& job) {
  v1::Job input = InputWithoutBody(job);
  input.DiscardUnknownFields();
  return Hash64({"job", SerializeCanonically(input), job.request().body()});
}

std::array<uint64_t, 2> RetryKeyOf(absl::string_view tenant, absl::string_view job_id) {
  return Hash128({"retry_of", tenant, job_id});
}

uint64_t RetryContentHashOf(absl::string_view job_id) { return Hash64({"retry_of", job_id}); }

}  // namespace lull
