// The two hashes behind a request id. They stand in files for as long as the ids are kept, so what
// they are made of never changes.
#ifndef LULL_SERVER_API_REQUEST_KEY_H_
#define LULL_SERVER_API_REQUEST_KEY_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "proto/job.pb.h"

namespace lull {

// Of a request id and the tenant it is scoped to.
std::array<uint64_t, 2> RequestKeyOf(absl::string_view tenant, absl::string_view request_id);

// Of what a client asked for, as it asked for it: the fields of `job` that are not output only.
uint64_t ContentHashOf(const v1::Job& job);

// Of the retry of a job, for every RPC that makes one, and of what it asks for. Never equal to that
// of a request id.
std::array<uint64_t, 2> RetryKeyOf(absl::string_view tenant, absl::string_view job_id);
uint64_t RetryContentHashOf(absl::string_view job_id);

}  // namespace lull

#endif  // LULL_SERVER_API_REQUEST_KEY_H_
