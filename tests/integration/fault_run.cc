#include "tests/integration/fault_run.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/event_witness.h"
#include "tests/testing/lull_client.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kWorkers = 2;
constexpr int kCallsPerWorker = 40;
constexpr int kCallsInFlight = 50;  // the load's height
constexpr int kDispatchesMax = 200;
constexpr int kSubmitsUnderWay = 2;  // wanted at a commit
constexpr absl::Duration kInFlightLimit = absl::Seconds(60);
constexpr absl::Duration kMomentMax = absl::Milliseconds(700);
constexpr absl::Duration kCommitLimit = absl::Milliseconds(5);  // then the submits are looked at
constexpr absl::Duration kEndLimit = absl::Seconds(90);

// Unknown outcomes cost an attempt each, and calls of lost workers keep their place until their
// time is over: both limits leave room for all faults of a run.
std::string ServerConfig(const BusyProcess& busy) {
  return absl::StrCat(R"(
lease: {duration: 5s}
limits: {max_live_jobs: 400}
classes:
  - name: standard
    max_attempts: 100
    max_dispatches: )",
                      kDispatchesMax, R"(
    backoff: {base: 100ms, cap: 1s}
    time_limits: {connect: 5s, first_content: 10s, between_content: 10s, total: 12s}
)",
                      busy.AsOnlyUpstream());
}

}  // namespace

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

FaultRun::FaultRun(const std::string& data_dir)
    : seed_(static_cast<uint64_t>(FromEnvironment("LULL_RUN_SEED", std::random_device()()))),
      random_(seed_),
      busy_({"--slots=300", "--latency-ms=700", "--latency-spread=0.5", "--token-ms=0",
             "--finish-abandoned=false"}),
      server_(ServerConfig(busy_), data_dir) {
  std::printf("LULL_RUN_SEED=%llu\n", static_cast<unsigned long long>(seed_));
  std::fflush(stdout);
  server_.Start();
  can_see_commits_ = CommitWatch(server_.process().pid()).CanSee();
  if (!can_see_commits_) std::printf("/proc shows no system calls here: no commit is aimed at\n");
  for (int i = 0; i < kWorkers; ++i) {
    WorkerOptions options;
    options.id = absl::StrCat("worker-", i);
    options.max_in_flight = kCallsPerWorker;
    options.origins = {busy_.url()};
    workers_.push_back(std::make_unique<WorkerProcess>(server_, options));
    workers_.back()->Start();
  }
}

FaultRun::~FaultRun() {
  for (const auto& follower : followers_) follower->Stop();
}

void FaultRun::AddFollowers(int count, bool with_snapshot) {
  for (int i = 0; i < count; ++i) {
    EventFollower::Options options;
    options.address = server_.address();
    (*options.labels.mutable_labels())[kLoadLabel] = kLoadLabel;
    options.begin_with_snapshot = with_snapshot;
    options.keep_digests = true;  // the load deletes jobs
    followers_.push_back(std::make_unique<EventFollower>(options));
  }
}

// Nothing happens any more: the last event is one of theirs.
void FaultRun::AwaitFollowers() {
  LullClient client(server_.address());
  const auto overview = client.GetOverview();
  EXPECT_TRUE(overview.ok()) << overview.status();
  for (const auto& follower : followers_) {
    EXPECT_TRUE(PollUntil(kEndLimit, [&] { return follower->newest() >= overview->event_seq(); }))
        << follower->newest() << " of " << overview->event_seq();
    follower->Stop();
  }
}

void FaultRun::CheckFollowers(const StoreDump& store) const {
  if (followers_.empty()) return;
  const EventWitness witness = WitnessOf(store, kLoadLabel, kLoadLabel);
  EXPECT_EQ(witness.ended, witness.jobs);
  for (const auto& follower : followers_) CheckFollower(*follower, witness);
}

int64_t FaultRun::resumes() const {
  int64_t resumes = 0;
  for (const auto& follower : followers_) resumes += follower->streams() - 1;
  return resumes;
}

void FaultRun::StartLoad() {
  load_ = std::make_unique<SubmitLoad>(server_.address(), seed_, &history_);
  stalled_ = std::make_unique<StalledWorker>(server_.address(), "key");
}

void FaultRun::AwaitHeight() {
  EXPECT_TRUE(PollUntil(kInFlightLimit, [&] { return busy_.InFlight() >= kCallsInFlight; }))
      << "only " << busy_.InFlight() << " calls in flight";
  Pause(kMomentMax * std::uniform_real_distribution<double>()(random_));
}

void FaultRun::StopLoad() {
  load_->Stop();
  stalled_->Stop();
}

absl::Duration FaultRun::AwaitEnd() {
  const absl::Duration begin = SystemClock().Now().steady;
  LullClient client(server_.address());
  EXPECT_TRUE(PollUntil(kEndLimit, [&] {
    const auto overview = client.GetOverview();
    return overview.ok() && overview->counts().total() == 0;
  })) << "faults are over, yet jobs wait";
  return until_ended_ = SystemClock().Now().steady - begin;
}

CommitWatch::Act FaultRun::AwaitCommit() {
  CommitWatch watch(server_.process().pid());
  CommitWatch::Act act = CommitWatch::Act::kNone;
  PollUntil(
      can_see_commits_ ? kInFlightLimit : absl::ZeroDuration(),
      [&] {
        act = watch.Await(kCommitLimit);
        return act != CommitWatch::Act::kNone && load_->UnderWay() >= kSubmitsUnderWay;
      },
      absl::ZeroDuration());
  return act;
}

void FaultRun::AwaitAcknowledgement() {
  LullClient client(server_.address());
  EXPECT_TRUE(PollUntil(kInFlightLimit, [&] { return load_->SubmitLargeBatch(client).ok(); }));
}

void FaultRun::NoteKill(Kill::Whom whom, CommitWatch::Act act) {
  log_.Add({whom, SystemClock().WallNow(), act, load_->UnderWay()});
}

void FaultRun::StartServerAgain() {
  dead_ = SystemClock().WallNow();
  const std::string copy = CopyData(server_.data_dir());
  restarts_.push_back(server_.Start());
  integrity_.push_back(CheckIntegrity(copy));
}

void FaultRun::NoteStaleReports() {
  stale_reports_ += static_cast<int64_t>(server_.Metrics().Sum("lull_stale_reports_total"));
}

Findings FaultRun::Finish() {
  const MetricsPage metrics = server_.Metrics();
  EXPECT_TRUE(metrics.Has("lull_jobs"));
  NoteStaleReports();
  AwaitFollowers();
  for (auto& worker : workers_) worker->Stop();
  server_.Stop();
  integrity_.push_back(CheckIntegrity(CopyData(server_.data_dir())));
  const RunRecord run = Record(CountsOfLastServer(metrics));
  Findings findings = CheckInvariants(run);
  CheckFollowers(run.store);
  kills_with_commit_and_leases_ = log_.WithCommitAndLeases(run.calls);
  Print(run, findings);
  return findings;
}

// What the last of the servers counted since it started.
ServerCounts FaultRun::CountsOfLastServer(const MetricsPage& metrics) const {
  ServerCounts counts;
  counts.since = dead_;
  counts.created = static_cast<int64_t>(metrics.Sum("lull_jobs_created_total"));
  for (const char* state : {"succeeded", "failed", "cancelled", "expired"}) {
    counts.ended[state] =
        static_cast<int64_t>(metrics.Sum("lull_jobs_ended_total", {{"state", state}}));
  }
  counts.live = static_cast<int64_t>(metrics.Sum("lull_jobs"));
  return counts;
}

RunRecord FaultRun::Record(const ServerCounts& counts) {
  RunRecord run;
  run.last_server = counts;
  run.integrity = integrity_;
  run.submissions = history_.Submissions();
  run.meddling = history_.GetMeddling();
  run.calls = busy_.Ledger();
  run.server_kills = log_.ServerKills();
  run.dispatches_max = kDispatchesMax;
  run.provider_seed = BusyProcess::kSeed;
  auto store = DumpStore(server_.data_dir());
  EXPECT_TRUE(store.ok()) << store.status();
  if (store.ok()) run.store = *std::move(store);
  return run;
}

void FaultRun::Print(const RunRecord& run, const Findings& findings) const {
  const auto row = [](const char* name, double value) {
    std::printf("%s", TableRow(name, value).c_str());
  };
  std::printf("A run with seed %llu:\n%s", static_cast<unsigned long long>(seed_),
              log_.Table(run.calls).c_str());
  row("copies of the store that were whole",
      static_cast<double>(std::count(integrity_.begin(), integrity_.end(), "ok")));
  absl::Duration slowest;
  for (const absl::Duration restart : restarts_) slowest = std::max(slowest, restart);
  row("restart until serving, slowest, s", absl::ToDoubleSeconds(slowest));
  row("from the last fault until all ended, s", absl::ToDoubleSeconds(until_ended_));
  const SubmitLoad::Counts& load = load_->counts();
  row("submits, repetitions included", static_cast<double>(load.submits));
  row("submits without an answer", static_cast<double>(load.unanswered));
  row("repeated after an acknowledgement", static_cast<double>(load.repeated));
  row("races of one request id", static_cast<double>(load.races));
  row("request ids used for another content", static_cast<double>(load.conflicts));
  row("cancels agreed to", static_cast<double>(load.cancels));
  row("streams of submits", static_cast<double>(load.streams));
  row("priorities changed", static_cast<double>(load.updates));
  row("retries agreed to, repeated ones included", static_cast<double>(load.retries));
  row("deletions agreed to", static_cast<double>(load.deletions));
  row("leases of the stalled worker", static_cast<double>(stalled().leased));
  row("its late answers turned away", static_cast<double>(stalled().stale));
  row("its late answers accepted", static_cast<double>(stalled().accepted));
  row("stale reports, as the servers counted", static_cast<double>(stale_reports_));
  int64_t told = 0;
  for (const auto& follower : followers_) told += follower->events();
  row("clients that watched", static_cast<double>(followers_.size()));
  row("events they were told", static_cast<double>(told));
  row("streams they resumed", static_cast<double>(resumes()));
  std::printf("%s", findings.Table().c_str());
  std::fflush(stdout);
}

}  // namespace lull
