// Admission: repetitions, limits, and what a new job starts as.
#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"

namespace lull {
namespace {

int64_t BodyBytes(const NewJob& job) {
  return job.spec->body ? static_cast<int64_t>(job.spec->body->size()) : 0;
}

absl::Status Reused() {
  return WithReason(absl::AlreadyExistsError("this request_id was already used for a different "
                                             "request; use a new one, or repeat the old request "
                                             "unchanged"),
                    "REQUEST_ID_REUSED");
}

constexpr absl::Duration kTryAgainAfter = absl::Seconds(5);

absl::Status Full(absl::string_view what, int64_t limit) {
  return WithRetryAfter(
      WithReason(absl::ResourceExhaustedError(
                     absl::StrCat("the queue takes no more: at most ", limit, " ", what,
                                  " may wait or run at a time; try again when some have ended")),
                 "QUEUE_FULL"),
      kTryAgainAfter);
}

absl::Status FullOfKeys(int64_t limit, absl::Duration until_some_go) {
  return WithRetryAfter(
      WithReason(absl::ResourceExhaustedError(absl::StrCat(
                     "no more request ids are taken: at most ", limit,
                     " are remembered (limits.max_request_ids), and none of them is forgotten for ",
                     absl::FormatDuration(until_some_go), "; jobs without a request id are taken")),
                 "QUEUE_FULL"),
      std::max(kTryAgainAfter, until_some_go));
}

int64_t KeysOf(const NewJob& job) {
  return int64_t{job.request_key.has_value()} + int64_t{job.also_key.has_value()};
}

}  // namespace

std::optional<Submitted> Engine::FindRepeated(const NewJob& job) const {
  if (!job.request_key) return std::nullopt;
  const std::optional<RequestKeys::Use> use =
      keys_.Find(job.request_key->key, job.request_key->content);
  if (!use) return std::nullopt;
  Submitted submitted;
  if (use->same_content) {
    submitted.existed = true;
    submitted.number = use->job;
  } else {
    submitted.status = Reused();
  }
  return submitted;
}

absl::Status Engine::Check(const NewJob& job, Instant now) const {
  const JobSpec& spec = *job.spec;
  if (!plan_->FindClass(spec.class_name)) {
    return WithReason(absl::FailedPreconditionError(
                          absl::StrCat("class \"", spec.class_name, "\" is no longer configured")),
                      "UNKNOWN_CLASS");
  }
  if (spec.deadline != absl::InfinitePast() && spec.deadline <= now.wall) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "the deadline ", absl::FormatTime(spec.deadline, absl::UTCTimeZone()),
                          " is already over")),
                      "DEADLINE_PASSED");
  }
  return absl::OkStatus();
}

absl::Status Engine::Admit(absl::string_view tenant, const Wanted& wanted, Instant now) const {
  const auto& [jobs, bytes, keys] = wanted;
  if (!admission_.ok()) return admission_;
  if (live_jobs() + jobs > plan_->max_live_jobs) return Full("jobs", plan_->max_live_jobs);
  if (live_bytes_ + bytes > plan_->max_live_bytes) {
    return Full("request bytes", plan_->max_live_bytes);
  }
  const auto found = tenants_.find(tenant);
  const TenantUse use = found == tenants_.end() ? TenantUse() : found->second;
  if (use.jobs + jobs > plan_->max_live_jobs_per_tenant) {
    return Full("jobs of one tenant", plan_->max_live_jobs_per_tenant);
  }
  if (use.bytes + bytes > plan_->max_live_bytes_per_tenant) {
    return Full("request bytes of one tenant", plan_->max_live_bytes_per_tenant);
  }
  if (keys > 0 && keys_.size() + keys > plan_->max_idempotency_keys) {
    return FullOfKeys(plan_->max_idempotency_keys,
                      std::max(absl::ZeroDuration(),
                               absl::Floor(keys_.next_forget() - now.wall, absl::Seconds(1))));
  }
  return absl::OkStatus();
}

absl::Status Engine::CheckAll(const SubmitRequest& request, Instant now, size_t* culprit) const {
  absl::flat_hash_map<RequestKeys::Key, uint64_t> contents;  // of this request
  Wanted wanted;
  for (size_t i = 0; i < request.jobs.size(); ++i) {
    *culprit = i;
    const NewJob& job = request.jobs[i];
    if (const std::optional<Submitted> repeated = FindRepeated(job)) {
      if (!repeated->status.ok()) return repeated->status;
      continue;
    }
    if (job.request_key) {
      const auto [known, added] = contents.emplace(job.request_key->key, job.request_key->content);
      if (!added && known->second != job.request_key->content) return Reused();
      if (!added) continue;
    }
    const absl::Status status = Check(job, now);
    if (!status.ok()) return status;
    ++wanted.jobs;
    wanted.bytes += BodyBytes(job);
    wanted.keys += KeysOf(job);
  }
  // What was taken before is there, whatever is taken now.
  return wanted.jobs == 0 ? absl::OkStatus() : Admit(request.caller.tenant, wanted, now);
}

// One alone is decided about when it is answered: nothing else is made with it.
std::vector<SubmitReply::Repeated> Engine::RepeatedNotFound(const SubmitRequest& request) const {
  std::vector<SubmitReply::Repeated> missing;
  if (request.jobs.size() < 2) return missing;
  for (size_t i = 0; i < request.jobs.size(); ++i) {
    const std::optional<Submitted> repeated = FindRepeated(request.jobs[i]);
    if (!repeated) continue;
    if (std::find(request.found.begin(), request.found.end(), repeated->number) !=
        request.found.end()) {
      continue;
    }
    missing.push_back({i, repeated->number});
  }
  return missing;
}

SubmitReply Engine::Execute(const SubmitRequest& request, Instant now) {
  SubmitReply reply;
  if (request.atomic) {
    size_t culprit = 0;
    const absl::Status status = CheckAll(request, now, &culprit);
    if (!status.ok()) {
      reply.jobs.resize(request.jobs.size());
      for (Submitted& job : reply.jobs) {
        job.status = WithReason(absl::AbortedError(absl::StrCat("not submitted, because job ",
                                                                culprit, " was refused")),
                                "BATCH_REFUSED");
      }
      if (!reply.jobs.empty()) reply.jobs[culprit].status = status;
      return reply;
    }
    reply.to_find = RepeatedNotFound(request);
    if (!reply.to_find.empty()) return reply;
  }
  for (const NewJob& job : request.jobs) reply.jobs.push_back(SubmitOne(job, now));
  return reply;
}

Submitted Engine::SubmitOne(const NewJob& request, Instant now) {
  if (std::optional<Submitted> repeated = FindRepeated(request)) return *std::move(repeated);
  Submitted submitted;
  const int64_t bytes = BodyBytes(request);
  submitted.status = Check(request, now);
  if (submitted.status.ok()) {
    submitted.status = Admit(request.spec->tenant, {1, bytes, KeysOf(request)}, now);
  }
  if (!submitted.status.ok()) return submitted;

  JobSpec& spec = *request.spec;
  const QuotaClass& quota = plan_->classes[*plan_->FindClass(spec.class_name)];
  spec.number = next_job_++;
  spec.create_time = now.wall;
  const uint64_t random_high = random_.Next();
  spec.id = JobId::FromTimeAndRandom(now.wall, random_high, random_.Next());
  if (spec.deadline == absl::InfinitePast()) {
    // A job that is to start later has its time from then on.
    spec.deadline = std::max(now.wall, spec.schedule_time) +
                    (request.ttl > absl::ZeroDuration() ? request.ttl : quota.ttl);
  }
  if (spec.max_attempts == 0) spec.max_attempts = quota.max_attempts;

  const JobSlot slot = jobs_.Add(spec.number);
  LiveJob& job = At(slot);
  job.create_us = absl::ToUnixMicros(now.wall);
  const bool scheduled = spec.schedule_time > now.wall;
  job.not_before_us = scheduled ? absl::ToUnixMicros(spec.schedule_time) : 0;
  job.ready_us = scheduled ? job.not_before_us : job.create_us;
  job.deadline_us = absl::ToUnixMicros(spec.deadline);
  job.kind = kinds_.Acquire({spec.tenant, spec.class_name, spec.route_group, spec.model,
                             spec.required_tags, spec.run_when},
                            *plan_);
  job.request_bytes = static_cast<uint32_t>(bytes);
  job.max_attempts = static_cast<uint16_t>(spec.max_attempts);
  job.priority = static_cast<int8_t>(spec.priority);
  TenantUse& use = tenants_[spec.tenant];
  ++use.jobs;
  use.bytes += bytes;
  live_bytes_ += bytes;
  Count(job, +1);

  job.fresh = true;
  Touch(slot, static_cast<int>(group_.records.size()));
  group_.records.push_back(JobCreated{request.spec, LiveState()});
  for (const auto& key : {request.request_key, request.also_key}) {
    if (!key || keys_.Find(key->key, key->content)) continue;
    const KeyAdded added{key->key, key->content, job.number, now.wall};
    keys_.Add(added);
    group_.records.push_back(added);
  }
  Note(job, EventKind::kCreated, now);
  EnterQueue(slot, now);
  submitted.number = job.number;
  submitted.spec = request.spec;
  return submitted;
}

}  // namespace lull
