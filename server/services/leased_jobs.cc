#include "server/services/leased_jobs.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "server/api/job_body.h"
#include "server/api/proto_time.h"

namespace lull {
namespace {

void FillUpstream(const LeaseGrant& grant, v1::LeasedUpstream* proto) {
  const Upstream& upstream = grant.plan->upstreams[grant.upstream];
  proto->set_name(upstream.name);
  proto->set_base_url(upstream.base_url);
  proto->set_credential(upstream.credential);
  proto->set_model(grant.model);
  for (const auto& [name, value] : upstream.headers) (*proto->mutable_headers())[name] = value;
}

void FillTimeLimits(const TimeLimits& limits, v1::TimeLimits* proto) {
  *proto->mutable_connect() = ToProtoDuration(limits.connect);
  *proto->mutable_first_content() = ToProtoDuration(limits.first_content);
  *proto->mutable_between_content() = ToProtoDuration(limits.between_content);
  *proto->mutable_total() = ToProtoDuration(limits.total);
}

void FillLeasedJob(const LeaseGrant& grant, const JobSpec& spec, const ServiceParts& parts,
                   v1::LeasedJob* proto) {
  proto->set_lease_token(grant.token.ToString());
  proto->set_job_id(spec.id.ToString());
  proto->set_attempt_number(grant.attempt_number);
  proto->set_class_name(grant.plan->classes[grant.class_index].name);
  proto->set_priority(grant.priority);
  *proto->mutable_lease_duration() = ToProtoDuration(grant.lease_duration);
  FillUpstream(grant, proto->mutable_upstream());
  v1::LeasedRequest& request = *proto->mutable_request();
  request.set_method(spec.method);
  request.set_path(spec.path);
  if (spec.body) {
    request.set_body(*spec.body);
    proto->set_stream(AsksForStream(*spec.body));
  }
  FillTimeLimits(grant.time_limits, proto->mutable_time_limits());
  proto->set_max_response_bytes(parts.max_response_body_bytes);
  if (parts.send_request_id) {
    proto->set_request_id_header(absl::StrCat(proto->job_id(), "/", grant.token.lease));
  }
}

}  // namespace

v1::LeaseJobsResponse LeasedJobs::Read(const LeaseReply& granted, PoolReader& reader) {
  v1::LeaseJobsResponse response;
  response.set_drain(granted.drain);
  std::vector<LeaseToken> unreadable;
  for (const LeaseGrant& grant : granted.grants) {
    const auto spec = SpecOf(grant.token.job, reader);
    if (spec.ok()) {
      v1::LeasedJob& job = *response.add_jobs();
      FillLeasedJob(grant, **spec, parts_, &job);
      job.set_report_progress(
          job.stream() &&
          parts_.watches->WatchesOutput(grant.token.job, (*spec)->tenant, (*spec)->labels));
    } else if (absl::IsDataLoss(spec.status())) {
      FailDamaged(grant.token, spec.status());
    } else {
      LogError("leases", "cannot read a granted job; giving its lease back",
               {{"job", grant.token.job}, {"status", spec.status()}});
      unreadable.push_back(grant.token);
    }
  }
  Release(std::move(unreadable));
  return response;
}

void LeasedJobs::ReleaseAll(const LeaseReply& granted) {
  std::vector<LeaseToken> tokens;
  for (const LeaseGrant& grant : granted.grants) tokens.push_back(grant.token);
  Release(std::move(tokens));
}

absl::StatusOr<std::shared_ptr<const JobSpec>> LeasedJobs::SpecOf(JobNumber job,
                                                                  PoolReader& reader) {
  if (std::shared_ptr<const JobSpec> spec = parts_.bodies->Find(job)) return spec;
  return reader.Do([job](JobReader& store) { return store.ReadSpec(job, /*bodies=*/true); });
}

// If the engine does not take these, the leases run out by themselves.
void LeasedJobs::Release(std::vector<LeaseToken> tokens) {
  if (tokens.empty()) return;
  const absl::Status posted = parts_.loop->Post(Call<ReleaseRequest, ReleaseReply>{
      {caller_, worker_, std::move(tokens)}, [](const absl::StatusOr<ReleaseReply>& released) {
        if (!released.ok()) {
          LogWarning("leases", "leases were not given back", {{"status", released.status()}});
        }
      }});
  if (!posted.ok()) LogWarning("leases", "leases were not given back", {{"status", posted}});
}

void LeasedJobs::FailDamaged(const LeaseToken& token, const absl::Status& status) {
  LogError("leases", "the stored body of a job is damaged; the job fails",
           {{"job", token.job}, {"status", status}});
  AttemptReport report;
  report.token = token;
  report.outcome = Outcome::kInvalidRequest;
  report.billed = Billed::kNo;
  report.error = {static_cast<int32_t>(absl::StatusCode::kDataLoss), "BODY_DAMAGED",
                  "the stored request body is damaged; nothing was sent"};
  const absl::Status posted = parts_.loop->Post(Call<FinishRequest, FinishReply>{
      {caller_, worker_, {std::move(report)}}, [](const absl::StatusOr<FinishReply>&) {}});
  if (!posted.ok()) LogWarning("leases", "a damaged job was not ended", {{"status", posted}});
}

}  // namespace lull
