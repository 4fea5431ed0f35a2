// A request is either a complete job or has violations, and then an error that fits into what
// carries it; and it is the same again when it is read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/stubs/logging.h"
#include "proto/job_service.pb.h"
#include "server/api/error_details.h"
#include "server/api/job_rules.h"
#include "server/api/validate_job.h"
#include "server/api/violations.h"

namespace {

constexpr size_t kTrailerBytesMax = 8192;  // of which base64 takes a third

lull::JobRules Rules() {
  lull::Plan plan;
  plan.classes.resize(2);
  plan.classes[0].name = "standard";
  plan.classes[0].max_attempts = 4;
  plan.classes[1].name = "night";
  plan.classes[1].quiet_hours = lull::Calendar({}, absl::UTCTimeZone(), {});
  plan.accounts.resize(1);
  plan.upstreams.resize(1);
  plan.route_groups.resize(1);
  plan.route_groups[0].name = "chat";
  plan.route_groups[0].models = {"m1"};
  lull::JobRules rules;
  rules.plan = std::make_shared<const lull::Plan>(std::move(plan));
  rules.default_class = "standard";
  rules.max_request_body_bytes = 1000;
  return rules;
}

void CheckComplete(const lull::NewJob& job, const lull::JobRules& rules) {
  const lull::JobSpec& spec = *job.spec;
  if (!rules.plan->FindClass(spec.class_name) || spec.route_group.empty()) abort();
  if (spec.body == nullptr || spec.body->empty() || spec.path.empty()) abort();
  if (spec.max_attempts < 1 || spec.max_attempts > lull::kMaxAttempts) abort();
  if (spec.priority < -lull::kMaxPriority || spec.priority > lull::kMaxPriority) abort();
  if (spec.labels.size() > lull::kMaxLabels) abort();
  if (job.ttl < absl::ZeroDuration() || job.ttl > lull::kMaxAhead) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto& rules = *new lull::JobRules(Rules());
  static const bool quiet = google::protobuf::SetLogHandler(nullptr) != nullptr;
  (void)quiet;  // of what cannot be read, a line each
  lull::v1::CreateJobRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const absl::Time now = absl::FromUnixSeconds(1'767'614'400);
  lull::Violations violations;
  const lull::NewJob job =
      lull::ValidateJob(request, rules, lull::Caller{"acme", {}}, now, "", &violations);
  const absl::Status status = violations.ToStatus();
  if (status.ok()) {
    CheckComplete(job, rules);
    lull::Violations again;
    const lull::NewJob same =
        lull::ValidateJob(request, rules, lull::Caller{"acme", {}}, now, "", &again);
    if (job.request_key && job.request_key->content != same.request_key->content) abort();
    return 0;
  }
  if (!absl::IsInvalidArgument(status)) abort();
  const size_t bytes = lull::ToRpcStatus(status).ByteSizeLong() * 4 / 3 + status.message().size();
  if (bytes > kTrailerBytesMax) abort();
  return 0;
}
