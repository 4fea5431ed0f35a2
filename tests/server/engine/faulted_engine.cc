#include "tests/server/engine/faulted_engine.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/scheduler/plan.h"
#include "tests/storage/sqlite/crash_driver.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

// A route, an upstream and a credential for each job, so that a poll says whose job it is for.
std::shared_ptr<Plan> PlanOfSingleJobs() {
  auto plan = std::make_shared<Plan>();
  plan->classes.resize(1);
  plan->classes[0].name = "standard";
  plan->accounts.push_back({"account", std::nullopt, std::nullopt});
  for (int i = 0; i <= static_cast<int>(FaultedEngine::kMostJobs); ++i) {
    Upstream upstream;
    upstream.name = absl::StrCat("u", i);
    upstream.credential = absl::StrCat("k", i);
    plan->upstreams.push_back(upstream);
    plan->route_groups.push_back({absl::StrCat("r", i), {absl::StrCat("m", i)}, {{i, 1, ""}}});
  }
  return plan;
}

}  // namespace

void FaultedEngine::Observer::OnCommitted(const Group& group, absl::Duration) {
  EventNumber number = group.first_event;
  for (Event event : group.events) {
    event.retry_delay = absl::Trunc(event.retry_delay, absl::Microseconds(1));  // as it is stored
    events.push_back({number++, std::move(event)});
  }
}

FaultedEngine::FaultedEngine(FaultVfs& vfs, const FaultVfs::Fault& fault, Ending ending)
    : vfs_(vfs),
      fault_(fault),
      ending_(ending),
      parent_dir_(NewDirInMemory()),
      data_dir_(parent_dir_ + "/data"),
      told_(kKept) {
  options_.plan = PlanOfSingleJobs();
  options_.seed = "seed";
  options_.retention.finished_jobs = kKept;
}

FaultedEngine::~FaultedEngine() {
  Close();
  std::error_code ignored;
  std::filesystem::remove_all(parent_dir_, ignored);
}

// ---- starts and ends

void FaultedEngine::Open() {
  absl::StatusOr<std::unique_ptr<JobStore>> store = OpenStoreThatCheckpointsOften(data_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  real_store_ = *std::move(store);
  store_ = std::make_unique<FaultyStore>(real_store_.get());
  store_->SetFreeBytes(int64_t{1} << 40);
  seen_recoveries_ = 0;
  loop_ = std::make_unique<EngineLoop>(options_, store_.get(), &clock_, &observer_);
}

void FaultedEngine::Close() {
  reader_.reset();
  loop_.reset();
  store_.reset();
  real_store_.reset();
}

bool FaultedEngine::TryToStart() {
  const absl::Status started = loop_->Start();
  EXPECT_TRUE(started.ok() || absl::IsUnavailable(started)) << started;
  return started.ok() && clock_.AwaitParked();
}

void FaultedEngine::Start() {
  Open();
  bool started = TryToStart();
  for (int tries = 1; !started && tries < 4; ++tries) {
    if (fault_.for_good && !is_over_ && tries == 2) {
      if (ending_ == Ending::kPowerCut) return CutPowerAndRestart();
      Heal();
    }
    started = TryToStart();
  }
  ASSERT_TRUE(started) << "it does not start";
  SeeThroughOutage();
}

void FaultedEngine::Heal() {
  vfs_.HealAll();
  is_over_ = true;
}

void FaultedEngine::CutPowerAndRestart() {
  vfs_.CutPower();
  Close();
  NoteCommitted();
  vfs_.RestorePower();
  is_over_ = true;
  Open();
  ASSERT_TRUE(TryToStart()) << "it does not start after the power cut";
  SeeThroughOutage();
}

// ---- outages

void FaultedEngine::NoteCommitted() {
  for (const auto& [number, event] : observer_.events) told_.NoteShown(number, event);
  observer_.events.clear();
}

void FaultedEngine::SeeThroughOutage() {
  NoteCommitted();
  if (!loop_->healthy()) {
    ++outages_;
    EndOutage();
  }
  if (store_->recoveries() == seen_recoveries_) return;
  recovered_ += store_->recoveries() - seen_recoveries_;
  seen_recoveries_ = store_->recoveries();
  Check();
}

void FaultedEngine::EndOutage() {
  const bool is_lasting = fault_.for_good && !is_over_;
  for (int looks = 0; looks < (is_lasting ? 3 : 1); ++looks) {
    const int64_t before = told_.answers();
    StoredJobs shown;
    (void)Look(&shown);  // what can be seen is noted
    answers_meanwhile_ += told_.answers() - before;
    if (!is_lasting) break;
    ExpectRefusals();
    clock_.Advance(absl::Milliseconds(300));
    EXPECT_TRUE(clock_.AwaitParked());
    EXPECT_FALSE(loop_->healthy()) << "nothing can be written";
  }
  if (is_lasting && ending_ == Ending::kPowerCut) return CutPowerAndRestart();
  if (is_lasting) Heal();
  for (int i = 0; i < 400 && !loop_->healthy(); ++i) {
    clock_.Advance(absl::Milliseconds(50));
    EXPECT_TRUE(clock_.AwaitParked());
  }
  EXPECT_TRUE(loop_->healthy()) << "it did not recover by itself";
}

void FaultedEngine::ExpectRefusals() {
  const auto submit = Ask<SubmitReply>(Jobs({kMostJobs}, 10, absl::ZeroDuration()));
  EXPECT_EQ(ReasonOf(submit.status()), "RECOVERING") << submit.status();
  const auto poll = Ask<LeaseReply>(
      LeaseRequest{kCaller, kWorker, 1, 1 << 20, absl::ZeroDuration(), {"k7", "k8"}, {}, nullptr});
  EXPECT_TRUE(!poll.ok() || poll->grants.empty()) << "a call was started";
}

void FaultedEngine::Pass(absl::Duration time) {
  clock_.Advance(time);
  EXPECT_TRUE(clock_.AwaitParked());
  SeeThroughOutage();
}

// ---- reading back

JobReader* FaultedEngine::Reader() {
  if (reader_ == nullptr) {
    auto reader = real_store_->OpenReader();
    if (reader.ok()) reader_ = *std::move(reader);
  }
  return reader_.get();
}

absl::Status FaultedEngine::Look(StoredJobs* found) {
  JobReader* const reader = Reader();
  const absl::Status unread = absl::UnavailableError("the store cannot be read");
  const absl::Status events = reader == nullptr ? unread : LookAtEvents(*reader, found);
  const auto stats = Ask<StatsReply>(StatsRequest{});
  if (stats.ok()) {
    EXPECT_GE(stats->newest_event, static_cast<EventNumber>(found->events.size()));
  }
  std::vector<JobNumber> jobs;
  for (JobNumber job = 1; job <= told_.newest_job(); ++job) jobs.push_back(job);
  const auto reply = Ask<ReadReply>(ReadRequest{kCaller, jobs});
  LULL_RETURN_IF_ERROR(reply.status());
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!reply->jobs[i]) continue;
    told_.NoteShown(reply->jobs[i]->state);
    found->live[jobs[i]] = reply->jobs[i]->state;
  }
  LULL_RETURN_IF_ERROR(events);
  return LookAtJobs(*reader, found);
}

absl::Status FaultedEngine::LookAtEvents(JobReader& reader, StoredJobs* found) {
  while (true) {
    const auto from = static_cast<EventNumber>(found->events.size()) + 1;
    LULL_ASSIGN_OR_RETURN(const auto events, reader.ReadEvents(from, 100));
    if (events.empty()) return absl::OkStatus();
    for (const JobReader::NumberedEvent& event : events) {
      EXPECT_EQ(event.number, static_cast<EventNumber>(found->events.size()) + 1);
      told_.NoteShown(event.number, event.event);
      found->events.push_back(event.event);
    }
  }
}

absl::Status FaultedEngine::LookAtJobs(JobReader& reader, StoredJobs* found) {
  for (JobNumber job = 1; job <= told_.newest_job(); ++job) {
    if (found->live.count(job) != 0) continue;
    const absl::StatusOr<JobEnded> ended = reader.ReadEnded(job, /*bodies=*/true);
    if (absl::IsNotFound(ended.status())) {
      told_.NoteGone(job);
      continue;
    }
    LULL_RETURN_IF_ERROR(ended.status());
    told_.NoteShown(*ended);
    found->ended[job] = *ended;
    const auto answer = answers_.find(job);
    if (answer == answers_.end()) continue;
    EXPECT_TRUE(ended->response != nullptr && *ended->response == *answer->second)
        << "job " << job << " has another answer";
  }
  LULL_ASSIGN_OR_RETURN(found->lines, reader.ListJobs(1, INT64_MAX, 1000));
  JobReader::UsageQuery query;
  query.last_day = 1'000'000;
  query.max = 1000;
  LULL_ASSIGN_OR_RETURN(const std::vector<UsageAdded> usage, reader.ReadUsage(query));
  for (const UsageAdded& row : usage) found->calls += row.calls;
  return absl::OkStatus();
}

void FaultedEngine::Check(bool complete) {
  StoredJobs found;
  absl::Status looked = Look(&found);
  if (absl::IsUnavailable(looked) && loop_->healthy()) {  // the fault was the reader's
    found = StoredJobs();
    looked = Look(&found);
    if (!looked.ok() && fault_.for_good && !is_over_) return;
  }
  ASSERT_TRUE(looked.ok()) << looked;
  told_.Check(found, clock_.Now().wall, complete);
}

void FaultedEngine::CheckBackups() {
  Close();
  for (const FinishedBackup& backup : backups_) CheckBackup(backup);
}

// That it holds each event that was shown before it ended, and stands as they say.
void FaultedEngine::CheckBackup(const FinishedBackup& backup) {
  SCOPED_TRACE(backup.path);
  const std::string dir = absl::StrCat(parent_dir_, "/restored");
  std::error_code error;
  std::filesystem::remove_all(dir, error);
  std::filesystem::create_directory(dir, error);
  std::filesystem::copy_file(backup.path, dir + "/lull.db", error);
  ASSERT_FALSE(error) << error.message();
  const auto store = OpenStoreThatCheckpointsOften(dir);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto recovered = (*store)->Recover(clock_.Now().wall);
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  const auto reader = (*store)->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  StoredJobs found;
  const absl::Status read = LookAtEvents(**reader, &found);
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_GE(static_cast<int64_t>(found.events.size()), backup.events) << "it ends too early";
  const auto lines = (*reader)->ListJobs(1, INT64_MAX, 1000);
  ASSERT_TRUE(lines.ok()) << lines.status();
  for (const JobReader::JobLine& line : *lines) {
    JobState state = JobState::kPending;
    for (const Event& event : found.events) {
      if (event.job == line.number) state = event.state;
    }
    EXPECT_EQ(line.state, state) << "job " << line.number;
  }
}

}  // namespace lull
