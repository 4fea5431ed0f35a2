// From a leased job to the HTTP call that is made for it. Pure.
#ifndef LULL_WORKER_CALL_PLAN_H_
#define LULL_WORKER_CALL_PLAN_H_

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "proto/worker_service.pb.h"
#include "worker/credential_store.h"
#include "worker/http_call.h"

namespace lull {

// What this worker may do, whatever the server asks for.
struct CallRules {
  CredentialStore credentials;
  // Origins that may be called without TLS although they are not on the loopback interface.
  absl::flat_hash_set<std::string> plain_origins;
};

// INVALID_ARGUMENT when the request is one that no upstream could take (method, path, body);
// FAILED_PRECONDITION, NOT_FOUND or PERMISSION_DENIED when it is this worker or the configuration
// that does not allow it (the base URL is none, its origin needs TLS, the credential is unknown or
// not for this origin).
absl::StatusOr<HttpCall> PlanCall(const v1::LeasedJob& job, const CallRules& rules);

// How an attempt ends that PlanCall refused with `status`.
v1::Outcome OutcomeOfRefusedPlan(const absl::Status& status);

}  // namespace lull

#endif  // LULL_WORKER_CALL_PLAN_H_
