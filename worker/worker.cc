#include "worker/worker.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "worker/classify_answer.h"
#include "worker/proto_duration.h"

namespace lull {
namespace {

// For the last reports, after the calls were broken off.
constexpr absl::Duration kLastReports = absl::Seconds(5);

v1::LeaseJobsRequest BaseRequest(const WorkerOptions& options, const CallRules& rules) {
  v1::LeaseJobsRequest request;
  request.set_worker_id(options.worker_id);
  request.set_version(options.version);
  request.set_capacity(options.max_in_flight);
  request.set_max_bytes(options.max_lease_bytes);
  for (const std::string& name : rules.credentials.names()) request.add_credentials(name);
  for (const std::string& tag : options.tags) request.add_tags(tag);
  return request;
}

bool IsForTheOperator(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_UNAUTHORIZED || outcome == v1::OUTCOME_NO_BALANCE ||
         outcome == v1::OUTCOME_MODEL_NOT_FOUND;
}

}  // namespace

Worker::Worker(const WorkerOptions& options, CallRules rules, std::unique_ptr<QueueClient> queue,
               std::unique_ptr<HttpClient> http, const Clock& clock, WorkerMetrics& metrics)
    : options_(options),
      rules_(std::move(rules)),
      metrics_(metrics),
      loop_(clock),
      queue_(std::move(queue)),
      http_(std::move(http)),
      poller_({BaseRequest(options_, rules_), options_.lease_polls}, loop_, *queue_, held_,
              metrics_, [this](const v1::LeaseJobsResponse& response) { TakeJobs(response); }),
      keeper_(options_.worker_id, options_.max_in_flight, loop_, *queue_, held_, metrics_,
              {[this](const std::string& token) { Lose(token); },
               [this](const std::string& token) { Cancel(token); },
               [this] { BeginDrain(absl::InfiniteDuration()); }}),
      reporter_(options_.worker_id, loop_, *queue_, metrics_,
                [this](const std::string& token) { Forget(token); }),
      progress_(options_.worker_id, loop_, *queue_, metrics_) {}

Worker::~Worker() {
  // Their last callbacks post to the loop, through the parts of the worker.
  http_.reset();
  queue_.reset();
}

void Worker::Run() {
  loop_.Post([this] {
    keeper_.Start();
    poller_.Pump();
  });
  loop_.Run();
}

void Worker::Drain(absl::Duration grace) {
  loop_.Post([this, grace] { BeginDrain(grace); });
}

void Worker::TakeJobs(const v1::LeaseJobsResponse& response) {
  metrics_.CountLeasedJobs(response.jobs_size());
  for (const v1::LeasedJob& job : response.jobs()) TakeJob(job);
  if (response.drain()) BeginDrain(absl::InfiniteDuration());
  StopIfDrained();
}

void Worker::TakeJob(const v1::LeasedJob& job) {
  const std::string& token = job.lease_token();
  HeldLease lease;
  lease.received = loop_.clock().Now().steady;
  lease.job_id = job.job_id();
  lease.path = job.request().path();
  if (!held_.Add(token, std::move(lease))) {
    LogError("worker", "a lease came twice", {{"job", job.job_id()}});
    return;
  }
  metrics_.SetLeasesHeld(held_.size());
  keeper_.OnLeased(FromProto(job.lease_duration()));
  if (draining_) return GiveBack(token);
  absl::StatusOr<HttpCall> call = PlanCall(job, rules_);
  if (call.ok()) return BeginCall(token, job, *std::move(call));
  Report(token, NotCalled(OutcomeOfRefusedPlan(call.status()), call.status().message(), Secret()));
}

void Worker::BeginCall(const std::string& token, const v1::LeasedJob& job, HttpCall call) {
  HeldLease& lease = *held_.Find(token);
  lease.call_id = ++last_call_id_;
  lease.key = call.bearer;
  lease.watched = job.report_progress();
  if (lease.watched) {
    call.on_event = [this, token, offset = int64_t{0}](absl::string_view event) mutable {
      progress_.Add(token, offset, event);
      offset += static_cast<int64_t>(event.size());
    };
  }
  LogDebug("worker", "call",
           {{"job", job.job_id()},
            {"attempt", job.attempt_number()},
            {"class", job.class_name()},
            {"upstream", job.upstream().name()}});
  const absl::Status begun =
      http_->Call(lease.call_id, std::move(call), [this, token](HttpAnswer answer) {
        loop_.Post([this, token, answer = std::move(answer)]() mutable {
          EndCall(token, std::move(answer));
        });
      });
  if (begun.ok()) return metrics_.SetCallsInFlight(++calls_);
  LogError("worker", "a call could not be begun", {{"job", job.job_id()}, {"error", begun}});
  GiveBack(token);
}

void Worker::EndCall(const std::string& token, HttpAnswer answer) {
  metrics_.SetCallsInFlight(--calls_);
  HeldLease& lease = *held_.Find(token);
  if (lease.state == HeldLease::State::kLost) return Forget(token);
  const bool by_drain =
      answer.end == HttpEnd::kAborted && lease.state == HeldLease::State::kCalling;
  if (by_drain && !answer.written) return GiveBack(token);
  const std::optional<absl::Duration> start_delay = answer.start_delay;
  v1::AttemptResult result =
      ClassifyAnswer(std::move(answer), lease.path, lease.key, loop_.clock().WallNow());
  if (by_drain) {
    result.mutable_error()->set_message("the worker was stopped before the answer was complete");
  }
  if (start_delay) SetDuration(*start_delay, result.mutable_start_offset());
  Report(token, std::move(result));
}

void Worker::Report(const std::string& token, v1::AttemptResult result) {
  HeldLease& lease = *held_.Find(token);
  lease.state = HeldLease::State::kReporting;
  const absl::Duration took = loop_.clock().Now().steady - lease.received;
  SetDuration(took, result.mutable_end_offset());
  result.set_lease_token(token);
  std::optional<absl::Duration> first_content;
  if (result.has_time_to_first_content()) {
    first_content = FromProto(result.time_to_first_content());
  }
  metrics_.CountCall(result.outcome(), took, first_content);
  const LogLevel level = IsForTheOperator(result.outcome()) ? LogLevel::kWarning : LogLevel::kDebug;
  Log(level, "worker", "call ended",
      {{"job", lease.job_id},
       {"outcome", v1::Outcome_Name(result.outcome())},
       {"http_status", result.http_status()},
       {"took_seconds", took},
       {"error", result.error().message()}});
  if (!lease.watched) return reporter_.Finish(std::move(result));
  // The server takes no output of an attempt that has ended.
  progress_.Flush(
      token, [this, result = std::move(result)]() mutable { reporter_.Finish(std::move(result)); });
}

void Worker::GiveBack(const std::string& token) {
  held_.Find(token)->state = HeldLease::State::kReporting;
  reporter_.Release(token);
}

void Worker::Forget(const std::string& token) {
  held_.Remove(token);
  metrics_.SetLeasesHeld(held_.size());
  poller_.Pump();
  StopIfDrained();
}

void Worker::Lose(const std::string& token) {
  HeldLease* const lease = held_.Find(token);
  // A report that is on its way will hear of it by itself.
  if (lease == nullptr || lease->state == HeldLease::State::kReporting) return;
  if (lease->state == HeldLease::State::kLost) return;
  metrics_.CountLostLease();
  LogWarning("worker", "a lease was lost; its call is broken off", {{"job", lease->job_id}});
  lease->state = HeldLease::State::kLost;
  http_->Abort(lease->call_id);
}

void Worker::Cancel(const std::string& token) {
  HeldLease* const lease = held_.Find(token);
  if (lease == nullptr || lease->state != HeldLease::State::kCalling) return;
  lease->state = HeldLease::State::kAborting;
  http_->Abort(lease->call_id);
}

void Worker::BeginDrain(absl::Duration grace) {
  // Counted from now: what follows is seen outside.
  if (grace < absl::InfiniteDuration()) {
    loop_.PostAfter(grace, [this] { BreakOffCalls(); });
  }
  if (!draining_) {
    LogInfo("worker", "taking no more jobs", {{"leases", held_.size()}, {"grace_seconds", grace}});
    draining_ = true;
    poller_.Stop();
  }
  StopIfDrained();
}

void Worker::BreakOffCalls() {
  if (breaking_off_) return;
  breaking_off_ = true;
  LogWarning("worker", "the time is over; breaking off calls", {{"calls", calls_}});
  for (const auto& [token, lease] : held_.all()) {
    if (lease.state != HeldLease::State::kReporting) http_->Abort(lease.call_id);
  }
  loop_.PostAfter(kLastReports, [this] {
    LogError("worker", "stopping with leases held", {{"leases", held_.size()}});
    reporter_.GiveUp();
    loop_.Stop();
  });
}

void Worker::StopIfDrained() {
  if (!draining_ || !poller_.idle() || held_.size() > 0) return;
  keeper_.Stop();
  loop_.Stop();
}

}  // namespace lull
