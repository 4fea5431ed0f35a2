// What the clients and the worker of a FaultedEngine ask.
#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/server/engine/faulted_engine.h"

namespace lull {
namespace {

// The same for the same seed, and not to be compressed.
Bytes SomeBytes(uint64_t seed, size_t size) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return std::make_shared<const std::string>(std::move(bytes));
}

uint64_t HashOf(const LeaseToken& token, Outcome outcome) {
  return static_cast<uint64_t>(token.job * 1000 + token.lease * 100) +
         static_cast<uint64_t>(outcome);
}

}  // namespace

// ---- clients

SubmitRequest FaultedEngine::Jobs(const std::vector<uint64_t>& keys, size_t body_bytes,
                                  absl::Duration ttl) {
  SubmitRequest request{kCaller, {}, keys.size() > 1};
  for (uint64_t key : keys) {
    NewJob job;
    job.spec = std::make_shared<JobSpec>();
    job.spec->tenant = kCaller.tenant;
    job.spec->class_name = "standard";
    job.spec->route_group = absl::StrCat("r", key);
    job.spec->method = "POST";
    job.spec->path = "/v1/chat/completions";
    job.spec->max_attempts = 20;
    job.spec->body = SomeBytes(key, body_bytes);
    job.ttl = ttl;
    job.request_key = NewJob::RequestKey{{key, key}, key};
    request.jobs.push_back(std::move(job));
  }
  return request;
}

void FaultedEngine::NoteSubmitted(uint64_t key, const absl::StatusOr<SubmitReply>& reply,
                                  size_t place) {
  ASSERT_TRUE(reply.ok() && place < reply->jobs.size());
  const Submitted& job = reply->jobs[place];
  ASSERT_TRUE(job.status.ok()) << job.status;
  const auto known = told_.jobs().find(key);
  if (known != told_.jobs().end()) {
    EXPECT_TRUE(job.existed) << "request id " << key << " is forgotten";
  }
  told_.NoteSubmitted(key, job.number);
}

JobNumber FaultedEngine::Submit(uint64_t key, size_t body_bytes, absl::Duration ttl) {
  const auto reply = Repeat<SubmitReply>([&] { return Jobs({key}, body_bytes, ttl); });
  NoteSubmitted(key, reply, 0);
  const auto job = told_.jobs().find(key);
  return job == told_.jobs().end() ? 0 : job->second;
}

// Where the first try is there already, the reply asks for its jobs to be looked for: they are
// never deleted here before they are acknowledged.
void FaultedEngine::SubmitTwoAtOnce(uint64_t first_key) {
  std::vector<JobNumber> found;
  for (int i = 0; i < 3; ++i) {
    const auto reply = Repeat<SubmitReply>([&] {
      SubmitRequest request = Jobs({first_key, first_key + 1}, 700, absl::ZeroDuration());
      request.found = found;
      return request;
    });
    if (!reply.ok()) return;
    if (reply->to_find.empty()) {
      NoteSubmitted(first_key, reply, 0);
      NoteSubmitted(first_key + 1, reply, 1);
      return;
    }
    EXPECT_EQ(reply->to_find.size(), 2u) << "one of two atomic ones is there";
    for (const auto& repeated : reply->to_find) found.push_back(repeated.number);
  }
  ADD_FAILURE() << "still to be found";
}

void FaultedEngine::Cancel(JobNumber job) {
  const auto reply = Repeat<CancelReply>([&] { return CancelRequest{kCaller, job}; });
  if (!reply.ok()) return;
  told_.NoteCancelled(job);
  if (!reply->live) told_.NoteEnded(job);
}

void FaultedEngine::Update(JobNumber job, const Labels& labels) {
  told_.NoteUpdate(job, labels);
  const auto reply = Repeat<UpdateReply>([&] {
    UpdateRequest request;
    request.caller = kCaller;
    request.job = job;
    request.labels = labels;
    return request;
  });
  ASSERT_TRUE(reply.ok() && reply->status.ok());
  told_.NoteUpdated(job, labels);
}

void FaultedEngine::Delete(JobNumber job) {
  told_.NoteDeletion(job);
  const auto reply = Repeat<DeleteReply>([&] { return DeleteRequest{kCaller, {job}}; });
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->live, 0);
  told_.NoteDeleted(job);
}

void FaultedEngine::Pause(bool pause) {
  const auto reply = Repeat<PauseClassReply>([&] {
    PauseClassRequest request;
    request.caller = kCaller;
    request.class_name = "standard";
    request.pause = pause;
    return request;
  });
  ASSERT_TRUE(reply.ok() && reply->status.ok());
  const auto stats = Repeat<StatsReply>([] { return StatsRequest{10}; });
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->classes[0].paused, pause);
}

void FaultedEngine::AwaitEnd(JobNumber job, const std::function<void()>& meanwhile) {
  auto waiting = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Hours(10), nullptr});
  meanwhile();
  absl::StatusOr<AwaitReply> reply = Get(waiting);
  if (!reply.ok() || reply->live) {  // the server went away meanwhile
    EXPECT_TRUE(reply.ok() || absl::IsUnavailable(reply.status())) << reply.status();
    reply = Repeat<AwaitReply>([&] {
      return AwaitRequest{kCaller, job, absl::ZeroDuration(), nullptr};
    });
  }
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply->live);
  told_.NoteEnded(job);
}

void FaultedEngine::BackUp(const std::string& name, uint64_t key) {
  for (int i = 0; i < 2; ++i) {
    std::future<absl::StatusOr<SubmitReply>> submit;
    BackupRequest request;
    request.caller = kCaller;
    request.file_name = absl::StrCat(name, i, ".db");
    request.report = [&](const BackupReply&) {  // on the loop's thread
      if (!submit.valid()) submit = Post<SubmitReply>(Jobs({key}, 3000, absl::ZeroDuration()));
    };
    auto backup = Post<BackupReply>(std::move(request));
    const absl::StatusOr<BackupReply> reply = Get(backup);
    if (submit.valid()) {
      const absl::StatusOr<SubmitReply> submitted = Get(submit);
      if (submitted.ok()) NoteSubmitted(key, submitted, 0);
    }
    NoteCommitted();
    if (reply.ok()) backups_.push_back({reply->path, told_.shown_events()});
    SeeThroughOutage();
    if (reply.ok()) break;
  }
  Submit(key, 3000);
}

// ---- a worker

LeaseToken FaultedEngine::Hold(uint64_t key) {
  for (int i = 0; i < 100; ++i) {
    const auto reply = Repeat<LeaseReply>([&] {
      return LeaseRequest{
          kCaller, kWorker, 1, 1 << 20, absl::ZeroDuration(), {absl::StrCat("k", key)},
          {},      nullptr};
    });
    if (!reply.ok()) return {};
    if (!reply->grants.empty()) {
      const LeaseToken token = reply->grants[0].token;
      EXPECT_EQ(token.job, told_.jobs().at(key));
      told_.NoteGranted(token);
      held_.push_back(token);
      return token;
    }
    // It backs off, or was granted in an answer that was lost.
    Pass(absl::Seconds(1));
    Renew();
  }
  ADD_FAILURE() << "job " << key << " is not granted";
  return {};
}

void FaultedEngine::Finish(const LeaseToken& token, Outcome outcome, size_t response_bytes) {
  AttemptReport report;
  report.token = token;
  report.outcome = outcome;
  report.billed = Billed::kMaybe;
  report.hash = HashOf(token, outcome);
  if (outcome == Outcome::kSucceeded) report.response = SomeBytes(report.hash, response_bytes);
  const auto reply = Repeat<FinishReply>([&] { return FinishRequest{kCaller, kWorker, {report}}; });
  held_.erase(std::remove(held_.begin(), held_.end(), token), held_.end());
  ASSERT_TRUE(reply.ok());
  EXPECT_NE(reply->standings[0], ReportStanding::kStale) << "job " << token.job;
  told_.NoteReported(token, outcome);
  if (outcome == Outcome::kSucceeded) answers_[token.job] = report.response;
}

void FaultedEngine::Release(const LeaseToken& token) {
  const auto reply = Repeat<ReleaseReply>([&] {
    return ReleaseRequest{kCaller, kWorker, {token}};
  });
  held_.erase(std::remove(held_.begin(), held_.end(), token), held_.end());
  if (reply.ok()) told_.NoteReported(token, Outcome::kReleased);
}

void FaultedEngine::Renew() {
  const auto reply = Repeat<RenewReply>([&] { return RenewRequest{kCaller, kWorker, held_}; });
  if (!reply.ok()) return;
  for (size_t i = 0; i < held_.size(); ++i) {
    EXPECT_NE(reply->standings[i], LeaseStanding::kLost) << "job " << held_[i].job;
    told_.NoteHeld(held_[i]);
  }
}

}  // namespace lull
