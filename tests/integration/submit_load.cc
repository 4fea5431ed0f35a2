#include "tests/integration/submit_load.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kSingleClients = 3;
constexpr int kBatchClients = 2;
constexpr int kMeddlers = 1;
constexpr int kBatchMax = 20;
constexpr int kLargeBatch = 6;
constexpr int kLargeBytes = 1 << 20;
constexpr absl::Duration kRetryPause = absl::Milliseconds(20);
constexpr absl::Duration kRefusedPause = absl::Milliseconds(60);
constexpr absl::Duration kMeddlePause = absl::Milliseconds(30);
constexpr int kTriesMax = 3000;  // a minute without a server

// The server said neither yes nor no: the job may exist or not, and asking again is safe.
bool IsUnanswered(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

int Uniform(std::mt19937_64& random, int from, int to) {
  return std::uniform_int_distribution<int>(from, to)(random);
}

}  // namespace

v1::CreateJobRequest MarkedJob(const std::string& marker, const std::string& request_id,
                               const std::string& class_name, int more_bytes) {
  std::string question = absl::StrCat("What about ", marker, "?");
  for (int i = 0; more_bytes > 0 && question.size() < static_cast<size_t>(more_bytes); ++i) {
    absl::StrAppend(&question, " And ", i, "?");
  }
  const nlohmann::json body = {{"model", "test-model"},
                               {"messages", {{{"role", "user"}, {"content", question}}}}};
  v1::CreateJobRequest request;
  request.set_request_id(request_id);
  v1::Job& job = *request.mutable_job();
  job.set_class_name(class_name);
  (*job.mutable_labels())["marker"] = marker;
  job.mutable_request()->set_path("/v1/chat/completions");
  job.mutable_request()->set_body(body.dump());
  return request;
}

SubmitLoad::SubmitLoad(const std::string& address, uint64_t seed, ClientHistory* history)
    : address_(address), history_(*history) {
  for (int i = 0; i < kSingleClients; ++i) {
    clients_.emplace_back([this, i, seed] { SubmitSingly(i, seed + i); });
  }
  for (int i = 0; i < kBatchClients; ++i) {
    clients_.emplace_back([this, i, seed] { SubmitBatches(i, seed + 100 + i); });
  }
  for (int i = 0; i < kMeddlers; ++i) {
    clients_.emplace_back([this, i, seed] { Meddle(i, seed + 200 + i); });
  }
}

SubmitLoad::~SubmitLoad() { Stop(); }

void SubmitLoad::Stop() {
  stopping_ = true;
  for (std::thread& client : clients_) client.join();
  clients_.clear();
}

absl::Status SubmitLoad::Submit(LullClient& client, const Marked& marked) {
  history_.Ask(marked.marker, marked.request_id);
  const v1::CreateJobRequest request = MarkedJob(marked.marker, marked.request_id);
  for (int i = 0; i < kTriesMax; ++i) {
    ++under_way_;
    const auto job = client.CreateJob(request);
    --under_way_;
    ++counts_.submits;
    if (job.ok()) {
      history_.Acknowledge(marked.marker, job->id());
      return absl::OkStatus();
    }
    if (!IsUnanswered(job.status())) {
      history_.Refuse(marked.marker, job.status().code());
      return job.status();
    }
    ++counts_.unanswered;
    Pause(kRetryPause);
  }
  ADD_FAILURE() << "nobody answered the submit of " << marked.marker;
  return absl::UnavailableError("gave up");
}

absl::Status SubmitLoad::SubmitBatch(LullClient& client, const std::vector<Marked>& batch) {
  v1::BatchCreateJobsRequest request;
  for (const Marked& marked : batch) {
    history_.Ask(marked.marker, marked.request_id);
    *request.add_requests() =
        MarkedJob(marked.marker, marked.request_id, /*class_name=*/"", marked.more_bytes);
  }
  for (int i = 0; i < kTriesMax; ++i) {
    ++under_way_;
    const auto jobs = client.BatchCreateJobs(request);
    --under_way_;
    ++counts_.submits;
    if (jobs.ok()) {
      EXPECT_EQ(static_cast<size_t>(jobs->jobs_size()), batch.size());
      for (int k = 0; k < jobs->jobs_size(); ++k) {
        history_.Acknowledge(batch[k].marker, jobs->jobs(k).id());
      }
      return absl::OkStatus();
    }
    if (!IsUnanswered(jobs.status())) {
      for (const Marked& marked : batch) history_.Refuse(marked.marker, jobs.status().code());
      return jobs.status();
    }
    ++counts_.unanswered;
    Pause(kRetryPause);
  }
  ADD_FAILURE() << "nobody answered the submit of a batch";
  return absl::UnavailableError("gave up");
}

void SubmitLoad::SubmitSingly(int client, uint64_t seed) {
  Random random(seed);
  LullClient lull(address_);
  for (int n = 0; !stopping_; ++n) {
    const std::string name = absl::StrCat("single-", client, "-", n);
    const absl::Status status = Submit(lull, {name, "id-" + name});
    // The queue is full: a new job after a while. The refused one is never asked for again.
    if (!status.ok()) Pause(kRefusedPause * Uniform(random, 1, 3));
  }
}

void SubmitLoad::SubmitBatches(int client, uint64_t seed) {
  Random random(seed);
  LullClient lull(address_);
  for (int n = 0; !stopping_; ++n) {
    std::vector<Marked> batch;
    for (int k = Uniform(random, 2, kBatchMax); k > 0; --k) {
      const std::string name = absl::StrCat("batch-", client, "-", n, "-", k);
      batch.push_back({name, "id-" + name});
    }
    const absl::Status status = SubmitBatch(lull, batch);
    if (!status.ok()) Pause(kRefusedPause * Uniform(random, 1, 3));
  }
}

absl::Status SubmitLoad::SubmitLargeBatch(LullClient& client) {
  const int number = ++large_batches_;
  std::vector<Marked> batch;
  for (int k = 0; k < kLargeBatch; ++k) {
    const std::string name = absl::StrCat("large-", number, "-", k);
    batch.push_back({name, "id-" + name, kLargeBytes});
  }
  return SubmitBatch(client, batch);
}

void SubmitLoad::Race(LullClient& first, LullClient& second, const Marked& marked) {
  ++counts_.races;
  std::thread rival([&] { (void)Submit(second, marked); });
  (void)Submit(first, marked);
  rival.join();
}

void SubmitLoad::CancelOne(LullClient& client, const std::string& job_id) {
  history_.AskCancel(job_id);
  if (client.CancelJob(job_id).ok()) ++counts_.cancels;
}

void SubmitLoad::Meddle(int client, uint64_t seed) {
  Random random(seed);
  LullClient lull(address_);
  LullClient rival(address_);
  for (int n = 0; !stopping_; ++n) {
    Pause(kMeddlePause);
    const std::string name = absl::StrCat("meddler-", client, "-", n);
    const std::optional<Submission> known = history_.Acknowledged(random());
    if (!known) continue;
    switch (Uniform(random, 0, 3)) {
      case 0:
        ++counts_.repeated;
        (void)Submit(lull, {known->marker, known->request_id});
        break;
      case 1:
        ++counts_.conflicts;
        (void)Submit(lull, {name, known->request_id});
        break;
      case 2:
        Race(lull, rival, {name, "id-" + name});
        break;
      case 3:
        CancelOne(lull, known->acknowledged.front());
        break;
    }
  }
}

}  // namespace lull
