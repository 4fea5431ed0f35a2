#include "server/api/convert_job.h"

#include <optional>
#include <string>

#include "server/api/convert_enum.h"
#include "server/api/error_details.h"
#include "server/api/proto_time.h"
#include "server/api/rpc_error.h"

namespace lull {
namespace {

bool IsSet(absl::Time time) { return time > absl::InfinitePast() && time < absl::InfiniteFuture(); }

v1::Usage ToProto(const Usage& usage) {
  v1::Usage proto;
  proto.set_prompt_tokens(usage.prompt);
  proto.set_cached_prompt_tokens(usage.cached_prompt);
  proto.set_completion_tokens(usage.completion);
  proto.set_reasoning_tokens(usage.reasoning);
  return proto;
}

void AddTo(const Usage& usage, Usage* sum) {
  sum->prompt += usage.prompt;
  sum->cached_prompt += usage.cached_prompt;
  sum->completion += usage.completion;
  sum->reasoning += usage.reasoning;
}

void FillAttempt(const Attempt& attempt, const JobSpec& spec, v1::Attempt* proto) {
  proto->set_number(attempt.number);
  proto->set_lease_number(attempt.lease);
  proto->set_worker_id(attempt.worker);
  proto->set_upstream(attempt.upstream);
  proto->set_model(attempt.model.empty() ? spec.model : attempt.model);
  if (IsSet(attempt.start)) *proto->mutable_start_time() = ToTimestamp(attempt.start);
  if (IsSet(attempt.end)) *proto->mutable_end_time() = ToTimestamp(attempt.end);
  proto->set_outcome(ToProto(attempt.outcome));
  proto->set_billed(ToProto(attempt.billed));
  proto->set_http_status(attempt.http_status);
  proto->set_finish_reason(attempt.finish_reason);
  if (attempt.usage != Usage{}) *proto->mutable_usage() = ToProto(attempt.usage);
  if (attempt.error.code != 0) *proto->mutable_error() = ToProto(attempt.error);
  if (attempt.retry_delay > absl::ZeroDuration()) {
    *proto->mutable_retry_delay() = ToProtoDuration(attempt.retry_delay);
  }
  if (attempt.time_to_first_content > absl::ZeroDuration()) {
    *proto->mutable_time_to_first_content() = ToProtoDuration(attempt.time_to_first_content);
  }
  proto->set_upstream_request_id(attempt.upstream_request_id);
  proto->set_outside_window(ToProto(attempt.outside_window));
}

// The one that has not ended stands in the state's own fields.
void FillRunningAttempt(const LiveState& state, const JobSpec& spec, v1::Attempt* proto) {
  proto->set_number(state.dispatch_count);
  proto->set_lease_number(state.lease);
  proto->set_worker_id(state.worker);
  proto->set_upstream(state.upstream);
  proto->set_model(state.attempt_model.empty() ? spec.model : state.attempt_model);
  if (IsSet(state.attempt_start)) *proto->mutable_start_time() = ToTimestamp(state.attempt_start);
  proto->set_outside_window(ToProto(state.outside_window));
}

void FillSpec(const JobSpec& spec, JobDetail detail, v1::Job* proto) {
  if (spec.options) proto->ParseFromString(*spec.options);
  proto->set_id(spec.id.ToString());
  proto->set_tenant(spec.tenant);
  for (const auto& [key, value] : spec.labels) {
    (*proto->mutable_labels())[key] = value;
    (*proto->mutable_create_labels())[key] = value;
  }
  v1::Request& request = *proto->mutable_request();
  request.set_method(spec.method);
  request.set_path(spec.path);
  if (detail == JobDetail::kFull && spec.body) request.set_body(*spec.body);
  if (IsSet(spec.create_time)) *proto->mutable_create_time() = ToTimestamp(spec.create_time);
  if (IsSet(spec.schedule_time)) *proto->mutable_schedule_time() = ToTimestamp(spec.schedule_time);
  proto->set_max_attempts(spec.max_attempts);
  proto->set_run_when(ToProto(spec.run_when));
  for (const std::string& tag : spec.required_tags) proto->add_required_tags(tag);
  proto->set_model(spec.model);
  proto->set_route_group(spec.route_group);
}

void FillLabels(const std::optional<Labels>& changed, v1::Job* proto) {
  if (!changed) return;
  proto->clear_labels();
  for (const auto& [key, value] : *changed) (*proto->mutable_labels())[key] = value;
}

void FillNow(const LiveView& view, const JobSpec& spec, JobDetail detail, v1::Job* proto) {
  const LiveState& state = view.state;
  proto->set_class_name(state.class_name);
  FillLabels(state.labels, proto);
  proto->set_priority(state.priority);
  proto->set_state(ToProto(state.state));
  proto->set_pending_reason(ToProto(view.waiting.reason));
  proto->set_pending_detail(view.waiting.detail);
  if (IsSet(view.waiting.expected_start)) {
    *proto->mutable_expected_start_time() = ToTimestamp(view.waiting.expected_start);
  }
  proto->set_cancel_cause(ToProto(state.cancel_cause));
  proto->set_event_seq(state.event);
  if (IsSet(state.first_start)) *proto->mutable_start_time() = ToTimestamp(state.first_start);
  if (IsSet(state.deadline)) *proto->mutable_deadline() = ToTimestamp(state.deadline);
  proto->set_attempt_count(state.attempt_count);
  proto->set_dispatch_count(state.dispatch_count);
  Usage usage;
  for (const Attempt& attempt : state.attempts) AddTo(attempt.usage, &usage);
  if (usage != Usage{}) *proto->mutable_usage() = ToProto(usage);
  if (detail == JobDetail::kBasic) return;
  for (const Attempt& attempt : state.attempts) FillAttempt(attempt, spec, proto->add_attempts());
  if (state.state != JobState::kPending) FillRunningAttempt(state, spec, proto->add_attempts());
}

void FillNow(const JobEnded& ended, const JobSpec& spec, JobDetail detail, v1::Job* proto) {
  proto->set_class_name(ended.class_name);
  FillLabels(ended.labels, proto);
  proto->set_priority(ended.priority);
  proto->set_state(ToProto(ended.state));
  proto->set_event_seq(ended.event);
  if (ended.state == JobState::kCancelled) proto->set_cancel_cause(ToProto(ended.cancel_cause));
  if (IsSet(ended.start_time)) *proto->mutable_start_time() = ToTimestamp(ended.start_time);
  if (IsSet(ended.end_time)) *proto->mutable_end_time() = ToTimestamp(ended.end_time);
  if (IsSet(ended.deadline)) *proto->mutable_deadline() = ToTimestamp(ended.deadline);
  proto->set_attempt_count(ended.attempt_count);
  proto->set_dispatch_count(ended.dispatch_count);
  if (ended.usage != Usage{}) *proto->mutable_usage() = ToProto(ended.usage);
  proto->set_served_from(ToProto(ended.served_from));
  if (ended.error.code != 0) *proto->mutable_error() = ToProto(ended.error);
  if (ended.state == JobState::kSucceeded)
    ResponseToProto(ended, detail, proto->mutable_response());
  if (detail == JobDetail::kBasic) return;
  for (const Attempt& attempt : ended.attempts) FillAttempt(attempt, spec, proto->add_attempts());
}

}  // namespace

void ToProto(const JobSnapshot& job, JobDetail detail, v1::Job* proto) {
  FillSpec(*job.spec, detail, proto);
  std::visit([&](const auto& now) { FillNow(now, *job.spec, detail, proto); }, job.now);
}

void NewJobToProto(const JobSpec& spec, v1::Job* proto) {
  FillSpec(spec, JobDetail::kBasic, proto);
  proto->set_class_name(spec.class_name);
  proto->set_priority(spec.priority);
  proto->set_state(v1::JOB_STATE_PENDING);
  if (IsSet(spec.deadline)) *proto->mutable_deadline() = ToTimestamp(spec.deadline);
}

void ResponseToProto(const JobEnded& ended, JobDetail detail, v1::Response* proto) {
  proto->set_http_status(ended.http_status);
  if (detail == JobDetail::kFull && ended.response) proto->set_body(*ended.response);
  proto->set_finish_reason(ended.finish_reason);
  proto->set_model(ended.response_model);
  proto->set_upstream_request_id(ended.upstream_request_id);
  if (!ended.attempts.empty()) proto->set_upstream(ended.attempts.back().upstream);
}

google::rpc::Status ToProto(const JobError& error) {
  return ToRpcStatus(
      RpcError(static_cast<absl::StatusCode>(error.code), error.reason, error.message));
}

}  // namespace lull
