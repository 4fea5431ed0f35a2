#include "tests/integration/job_driver.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/submit_load.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kBatch = 500;
constexpr absl::Duration kLookEvery = absl::Milliseconds(25);

bool HasEnded(const v1::Job& job) { return job.state() >= v1::JOB_STATE_SUCCEEDED; }

}  // namespace

std::vector<std::string> JobDriver::Submit(absl::string_view class_name, int count,
                                           const std::function<void(v1::Job*)>& change) {
  std::vector<std::string> ids;
  while (static_cast<int>(ids.size()) < count) {
    v1::BatchCreateJobsRequest request;
    const int size = std::min(kBatch, count - static_cast<int>(ids.size()));
    for (int i = 0; i < size; ++i) {
      const std::string marker = absl::StrCat(class_name, "-", ++submitted_);
      *request.add_requests() = MarkedJob(marker, "", std::string(class_name));
      if (change) change(request.mutable_requests(i)->mutable_job());
    }
    const auto reply = client_.BatchCreateJobs(request);
    if (!reply.ok()) {
      ADD_FAILURE() << reply.status();
      return ids;
    }
    for (const v1::Job& job : reply->jobs()) ids.push_back(job.id());
  }
  return ids;
}

std::string JobDriver::SubmitOne(absl::string_view class_name,
                                 const std::function<void(v1::Job*)>& change) {
  const std::vector<std::string> ids = Submit(class_name, 1, change);
  return ids.empty() ? "" : ids.front();
}

v1::Job JobDriver::Get(const std::string& id) {
  const auto job = client_.GetJob(id);
  EXPECT_TRUE(job.ok()) << job.status();
  return job.value_or(v1::Job());
}

std::vector<v1::Job> JobDriver::GetAll(const std::vector<std::string>& ids, v1::JobView view) {
  std::vector<v1::Job> jobs;
  for (size_t from = 0; from < ids.size(); from += kBatch) {
    const size_t to = std::min(ids.size(), from + kBatch);
    const auto reply = client_.BatchGetJobs({ids.begin() + from, ids.begin() + to}, view);
    if (!reply.ok()) {
      ADD_FAILURE() << reply.status();
      return jobs;
    }
    EXPECT_EQ(reply->missing_job_ids_size(), 0);
    jobs.insert(jobs.end(), reply->jobs().begin(), reply->jobs().end());
  }
  return jobs;
}

std::optional<v1::Job> JobDriver::AwaitReason(const std::vector<std::string>& ids,
                                              v1::PendingReason reason, absl::Duration limit) {
  std::optional<v1::Job> seen;
  std::map<std::string, int> others;
  PollUntil(
      limit,
      [&] {
        for (const v1::Job& job : GetAll(ids)) {
          if (job.state() != v1::JOB_STATE_PENDING) continue;
          if (job.pending_reason() == reason && !seen) seen = job;
          ++others[v1::PendingReason_Name(job.pending_reason())];
        }
        return seen.has_value() || testing::Test::HasFatalFailure();
      },
      kLookEvery);
  if (!seen) {
    std::string list;
    for (const auto& [name, times] : others) absl::StrAppend(&list, name, " ", times, " times, ");
    ADD_FAILURE() << "no job was seen waiting for " << v1::PendingReason_Name(reason)
                  << "; seen were: " << list;
  }
  return seen;
}

std::vector<v1::Job> JobDriver::AwaitSuccess(const std::vector<std::string>& ids,
                                             absl::Duration limit) {
  const bool ended = PollUntil(
      limit, [&] { return CountEnded(ids) == static_cast<int>(ids.size()); }, kLookEvery);
  EXPECT_TRUE(ended) << CountEnded(ids) << " of " << ids.size() << " ended in "
                     << absl::FormatDuration(limit);
  std::vector<v1::Job> jobs = GetAll(ids, v1::JOB_VIEW_FULL);
  for (const v1::Job& job : jobs) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
  }
  return jobs;
}

int JobDriver::CountEnded(const std::vector<std::string>& ids) {
  const std::vector<v1::Job> jobs = GetAll(ids);
  return static_cast<int>(std::count_if(jobs.begin(), jobs.end(), HasEnded));
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::vector<Grant> GrantsOf(const StoreDump& store, absl::string_view class_name) {
  absl::flat_hash_map<JobNumber, std::string> ids;
  for (const StoredJob& job : store.jobs) {
    if (job.spec.class_name == class_name) ids[job.spec.number] = job.spec.id.ToString();
  }
  std::vector<Grant> grants;
  for (const auto& [number, event] : store.events) {
    const auto id = ids.find(event.job);
    if (event.kind != EventKind::kStarted || id == ids.end()) continue;
    grants.push_back({id->second, event.lease, event.time, event.upstream});
  }
  return grants;
}

std::vector<absl::Time> TimesOf(const std::vector<Grant>& grants) {
  std::vector<absl::Time> times;
  for (const Grant& grant : grants) times.push_back(grant.time);
  return times;
}

std::vector<LedgerCall> CallsOf(const std::vector<LedgerCall>& calls,
                                const std::vector<std::string>& job_ids) {
  const absl::flat_hash_set<std::string> wanted(job_ids.begin(), job_ids.end());
  std::vector<LedgerCall> of_jobs;
  for (const LedgerCall& call : calls) {
    if (wanted.contains(call.job_id())) of_jobs.push_back(call);
  }
  return of_jobs;
}

absl::Duration LargestDelay(const std::vector<Grant>& grants,
                            const std::vector<LedgerCall>& calls) {
  absl::flat_hash_map<std::string, absl::Time> granted;
  for (const Grant& grant : grants)
    granted[absl::StrCat(grant.job_id, "/", grant.lease)] = grant.time;
  absl::Duration largest = absl::ZeroDuration();
  for (const LedgerCall& call : calls) {
    const auto found = granted.find(call.request_id);
    if (found == granted.end()) {
      ADD_FAILURE() << call.request_id << " was called and never granted";
      continue;
    }
    EXPECT_GE(call.received, found->second) << call.request_id;
    largest = std::max(largest, call.received - found->second);
  }
  return largest;
}

}  // namespace lull
