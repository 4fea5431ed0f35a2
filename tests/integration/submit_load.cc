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
constexpr int kStreamClients = 1;
constexpr int kMeddlers = 1;  // what it did to a job last is what has to hold
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
  (*job.mutable_labels())[kLoadLabel] = kLoadLabel;
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
  for (int i = 0; i < kStreamClients; ++i) {
    clients_.emplace_back([this, i, seed] { SubmitStreams(i, seed + 300 + i); });
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

void SubmitLoad::CancelOne(LullClient& client, const std::string& job_id, bool as_one_of_many) {
  history_.AskCancel(job_id);
  if (as_one_of_many) {
    const auto cancelled = client.CancelJobs({job_id});
    if (cancelled.ok()) counts_.cancels += cancelled->cancelled_count();
  } else if (client.CancelJob(job_id).ok()) {
    ++counts_.cancels;
  }
}

void SubmitLoad::UpdateOne(LullClient& client, const std::string& job_id, int priority) {
  history_.AskPriority(job_id);
  if (!client.SetPriority(job_id, priority).ok()) return;
  history_.PrioritySet(job_id, priority);
  ++counts_.updates;
}

// The retry of a cancelled job must be made once, however often it is asked for.
void SubmitLoad::RetryOne(LullClient& client, const std::string& job_id) {
  history_.AskCancel(job_id);
  if (!client.CancelJob(job_id).ok()) return;
  history_.AskRetry(job_id);
  for (int i = 0; i < 2; ++i) {
    const auto retry = client.RetryJob(job_id, "retry-" + job_id);
    if (!retry.ok()) continue;
    history_.Retried(job_id, retry->id());
    ++counts_.retries;
  }
}

void SubmitLoad::DeleteOne(LullClient& client, const std::string& job_id) {
  history_.AskDelete(job_id);
  if (!client.DeleteJob(job_id).ok()) return;
  history_.Deleted(job_id);
  ++counts_.deletions;
}

absl::Status SubmitLoad::SubmitStream(LullClient& client, std::vector<Marked>* batch) {
  ++counts_.streams;
  std::vector<v1::CreateJobRequest> requests;
  for (const Marked& marked : *batch) {
    history_.Ask(marked.marker, marked.request_id);
    requests.push_back(MarkedJob(marked.marker, marked.request_id));
  }
  std::vector<bool> answered(batch->size());
  ++under_way_;
  absl::Status status = client.SubmitJobs(requests, [&](const v1::SubmitResult& result) {
    const auto place = static_cast<size_t>(result.index());
    const Marked& marked = batch->at(place);
    ++counts_.submits;
    const auto code = static_cast<absl::StatusCode>(result.error().code());
    if (result.has_job()) {
      history_.Acknowledge(marked.marker, result.job().id());
    } else if (IsUnanswered(absl::Status(code, ""))) {
      return;
    } else {
      history_.Refuse(marked.marker, code);
    }
    EXPECT_FALSE(answered[place]) << marked.marker << " was answered twice";
    answered[place] = true;
  });
  --under_way_;
  std::vector<Marked> left;
  for (size_t i = 0; i < batch->size(); ++i) {
    if (!answered[i]) left.push_back((*batch)[i]);
  }
  *batch = std::move(left);
  return status;
}

void SubmitLoad::SubmitStreams(int client, uint64_t seed) {
  Random random(seed);
  LullClient lull(address_);
  for (int n = 0; !stopping_; ++n) {
    std::vector<Marked> batch;
    for (int k = Uniform(random, 2, kBatchMax); k > 0; --k) {
      const std::string name = absl::StrCat("stream-", client, "-", n, "-", k);
      batch.push_back({name, "id-" + name});
    }
    for (int i = 0; i < kTriesMax && !batch.empty(); ++i) {
      const absl::Status status = SubmitStream(lull, &batch);
      if (absl::IsUnimplemented(status)) return;
      if (!status.ok() || !batch.empty()) Pause(kRetryPause);
    }
    EXPECT_TRUE(batch.empty()) << "nobody answered the stream " << n;
    Pause(kRefusedPause * Uniform(random, 1, 3));
  }
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
    const std::string& job_id = known->acknowledged.front();
    switch (Uniform(random, 0, 7)) {
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
        CancelOne(lull, job_id, /*as_one_of_many=*/false);
        break;
      case 4:
        CancelOne(lull, job_id, /*as_one_of_many=*/true);
        break;
      case 5:
        UpdateOne(lull, history_.Newest(), Uniform(random, -9, 9));
        break;
      case 6:
        RetryOne(lull, job_id);
        break;
      default:
        DeleteOne(lull, job_id);
        break;
    }
  }
}

}  // namespace lull
