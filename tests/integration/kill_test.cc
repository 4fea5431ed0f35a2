// The server and the workers die at random moments, the server with a commit open, with calls in
// flight and submits under way, and are started again; workers fall silent and come back. Then the
// witnesses of the run are compared (invariants.h).
//
// The length is set by the environment, for which bazel has --test_env:
//   LULL_KILLS      kills of the server with a commit open, and kills of workers; default 5.
//                   A fifth as often the server is killed at the moment of an acknowledgement, and
//                   two fifths as often a worker is stopped until its leases are over.
//   LULL_KILL_SEED  of what happens by chance; default: another each time, printed
// A long run:
//   bazel test //tests/integration:kill_test --test_env=LULL_KILLS=50 --test_timeout=3600
//   --test_output=all
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/client_history.h"
#include "tests/integration/commit_watch.h"
#include "tests/integration/fault_log.h"
#include "tests/integration/invariants.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/metrics_page.h"
#include "tests/integration/stalled_worker.h"
#include "tests/integration/store_dump.h"
#include "tests/integration/submit_load.h"
#include "tests/testing/lull_client.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kWorkers = 2;
constexpr int kCallsPerWorker = 40;
constexpr int kCallsInFlight = 50;  // wanted at each kill
constexpr int kDispatchesMax = 100;
constexpr absl::Duration kInFlightLimit = absl::Seconds(20);
constexpr absl::Duration kMomentMax = absl::Milliseconds(700);
constexpr int kSubmitsUnderWay = 2;                             // wanted at each kill of the server
constexpr absl::Duration kCommitLimit = absl::Milliseconds(5);  // then the submits are looked at
constexpr absl::Duration kStall = absl::Milliseconds(6500);     // longer than a lease
constexpr absl::Duration kEndLimit = absl::Seconds(90);

enum class Fault { kKillServer, kKillServerAtAcknowledgement, kKillWorker, kStallWorker };

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

int AtLeastOne(int count) { return std::max(1, count); }

// Unknown outcomes cost an attempt each, and calls of lost workers keep their place until their
// time is over: both limits leave room for all kills of a run.
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
upstreams:
  - {name: busy, base_url: ")",
                      busy.base_url(), R"(", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: busy}]}
)");
}

class KillTest : public testing::Test {
 protected:
  KillTest()
      : kills_(static_cast<int>(FromEnvironment("LULL_KILLS", 5))),
        seed_(static_cast<uint64_t>(FromEnvironment("LULL_KILL_SEED", std::random_device()()))),
        random_(seed_),
        busy_({"--slots=300", "--latency-ms=700", "--latency-spread=0.5", "--token-ms=0",
               "--finish-abandoned=false"}),
        server_(ServerConfig(busy_)) {
    std::printf("LULL_KILL_SEED=%llu LULL_KILLS=%d\n", static_cast<unsigned long long>(seed_),
                kills_);
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

  std::vector<Fault> Faults() {
    std::vector<Fault> faults;
    faults.insert(faults.end(), kills_, Fault::kKillServer);
    faults.insert(faults.end(), AtLeastOne(kills_ / 5), Fault::kKillServerAtAcknowledgement);
    faults.insert(faults.end(), kills_, Fault::kKillWorker);
    faults.insert(faults.end(), AtLeastOne(kills_ * 2 / 5), Fault::kStallWorker);
    std::shuffle(faults.begin(), faults.end(), random_);
    return faults;
  }

  void Inflict(Fault fault) {
    WorkerProcess& worker = *workers_[random_() % workers_.size()];
    switch (fault) {
      case Fault::kKillServer:
        NoteStaleReports();
        KillServer(Kill::Whom::kServer, AwaitCommit());
        break;
      case Fault::kKillServerAtAcknowledgement: {
        NoteStaleReports();
        // What it acknowledges must be safe by then, not soon after: so no time passes between, and
        // the commit takes long.
        LullClient client(server_.address());
        EXPECT_TRUE(
            PollUntil(kInFlightLimit, [&] { return load_->SubmitLargeBatch(client).ok(); }));
        KillServer(Kill::Whom::kServerAtAcknowledgement, CommitWatch::Act::kNone);
        break;
      }
      case Fault::kKillWorker:
        NoteKill(Kill::Whom::kWorker, CommitWatch::Act::kNone);
        worker.Kill();
        worker.Start();
        break;
      case Fault::kStallWorker:
        worker.process().Stop();
        Pause(kStall);
        worker.process().Continue();
        ++stalls_;
        break;
    }
  }

  // Until the server has a commit open while submits are under way.
  CommitWatch::Act AwaitCommit() {
    CommitWatch watch(server_.process().pid());
    CommitWatch::Act act = CommitWatch::Act::kNone;
    PollUntil(
        kInFlightLimit,
        [&] {
          act = watch.Await(kCommitLimit);
          return act != CommitWatch::Act::kNone && load_->UnderWay() >= kSubmitsUnderWay;
        },
        absl::ZeroDuration());
    return act;
  }

  void KillServer(Kill::Whom whom, CommitWatch::Act act) {
    NoteKill(whom, act);
    server_.Kill();
    dead_ = SystemClock().WallNow();
    const std::string copy = CopyData(server_.data_dir());
    restarts_.push_back(server_.Start());
    integrity_.push_back(CheckIntegrity(copy));
  }

  void NoteStaleReports() {
    stale_reports_ += static_cast<int64_t>(server_.Metrics().Sum("lull_stale_reports_total"));
  }

  void NoteKill(Kill::Whom whom, CommitWatch::Act act) {
    log_.Add({whom, SystemClock().WallNow(), act, load_->UnderWay()});
  }

  // The faults, each at a random moment after the load is back at its height.
  void RunFaults() {
    load_ = std::make_unique<SubmitLoad>(server_.address(), seed_, &history_);
    stalled_ = std::make_unique<StalledWorker>(server_.address(), "key");
    for (Fault fault : Faults()) {
      EXPECT_TRUE(PollUntil(kInFlightLimit, [&] { return busy_.InFlight() >= kCallsInFlight; }))
          << "only " << busy_.InFlight() << " calls in flight";
      Pause(kMomentMax * std::uniform_real_distribution<double>()(random_));
      Inflict(fault);
      if (HasFatalFailure() || !server_.process().running()) break;
    }
    load_->Stop();
    stalled_->Stop();
  }

  // What the last of the servers counted since it started.
  ServerCounts CountsOfLastServer(const MetricsPage& metrics) const {
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

  bool AllEnded() {
    const auto overview = LullClient(server_.address()).GetOverview();
    return overview.ok() && overview->counts().total() == 0;
  }

  RunRecord Record(const ServerCounts& counts) {
    RunRecord run;
    run.last_server = counts;
    run.integrity = integrity_;
    run.submissions = history_.Submissions();
    run.cancel_asked = history_.CancelAsked();
    run.calls = busy_.Ledger();
    run.server_kills = log_.ServerKills();
    run.dispatches_max = kDispatchesMax;
    run.provider_seed = BusyProcess::kSeed;
    auto store = DumpStore(server_.data_dir());
    EXPECT_TRUE(store.ok()) << store.status();
    if (store.ok()) run.store = *std::move(store);
    return run;
  }

  void Print(const RunRecord& run, const Findings& findings, absl::Duration until_ended) {
    const auto row = [](const char* name, double value) {
      std::printf("%s", TableRow(name, value).c_str());
    };
    std::printf("A run with seed %llu:\n%s", static_cast<unsigned long long>(seed_),
                log_.Table(run.calls).c_str());
    row("workers stopped past their lease and continued", stalls_);
    row("copies of the store that were whole after a kill",
        static_cast<double>(std::count(integrity_.begin(), integrity_.end(), "ok")));
    row("restart until serving, slowest, s",
        absl::ToDoubleSeconds(*std::max_element(restarts_.begin(), restarts_.end())));
    row("from the last fault until all ended, s", absl::ToDoubleSeconds(until_ended));
    const SubmitLoad::Counts& load = load_->counts();
    row("submits, repetitions included", static_cast<double>(load.submits));
    row("submits without an answer", static_cast<double>(load.unanswered));
    row("repeated after an acknowledgement", static_cast<double>(load.repeated));
    row("races of one request id", static_cast<double>(load.races));
    row("request ids used for another content", static_cast<double>(load.conflicts));
    row("cancels agreed to", static_cast<double>(load.cancels));
    row("leases of the stalled worker", static_cast<double>(stalled_->counts().leased));
    row("its late answers turned away", static_cast<double>(stalled_->counts().stale));
    row("its late answers accepted", static_cast<double>(stalled_->counts().accepted));
    row("stale reports, as the server counts", static_cast<double>(stale_reports_));
    std::printf("%s", findings.Table().c_str());
    std::fflush(stdout);
  }

  const int kills_;
  const uint64_t seed_;
  std::mt19937_64 random_;
  BusyProcess busy_;
  ServerProcess server_;
  bool can_see_commits_ = false;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  ClientHistory history_;
  std::unique_ptr<SubmitLoad> load_;
  std::unique_ptr<StalledWorker> stalled_;
  FaultLog log_;
  int stalls_ = 0;
  absl::Time dead_ = absl::InfinitePast();  // by then the last server but one was
  std::vector<absl::Duration> restarts_;
  std::vector<std::string> integrity_;  // after each kill of the server
  int64_t stale_reports_ = 0;           // of servers that are gone
};

TEST_F(KillTest, NothingAcknowledgedIsLostAndNothingIsAnsweredTwice) {
  ASSERT_FALSE(HasFailure()) << "the processes did not come up";
  RunFaults();
  const absl::Duration faults_over = SystemClock().Now().steady;
  EXPECT_TRUE(PollUntil(kEndLimit, [&] { return AllEnded(); })) << "faults are over, yet jobs wait";
  const absl::Duration until_ended = SystemClock().Now().steady - faults_over;
  ASSERT_TRUE(server_.process().running()) << server_.process().LogTail();

  const MetricsPage metrics = server_.Metrics();
  EXPECT_TRUE(metrics.Has("lull_jobs"));
  NoteStaleReports();
  for (auto& worker : workers_) worker->Stop();
  server_.Stop();
  integrity_.push_back(CheckIntegrity(CopyData(server_.data_dir())));

  const RunRecord run = Record(CountsOfLastServer(metrics));
  const Findings findings = CheckInvariants(run);
  Print(run, findings, until_ended);
  EXPECT_THAT(findings.violations, testing::IsEmpty());
  EXPECT_EQ(stalled_->counts().accepted, 0);

  // What the run must have contained, or it proves nothing.
  EXPECT_EQ(log_.Count(Kill::Whom::kServer), kills_);
  EXPECT_EQ(log_.Count(Kill::Whom::kWorker), kills_);
  EXPECT_GE(log_.WithCommitAndLeases(run.calls), can_see_commits_ ? kills_ * 4 / 5 : 0);
  EXPECT_GE(findings.Count("submissions acknowledged"), 100);
  EXPECT_GE(findings.Count("answers across a restart of the server"), 1);
  EXPECT_GE(stalled_->counts().stale, AtLeastOne(kills_ * 3 / 10));
  EXPECT_GE(stale_reports_, 1);
  EXPECT_GE(findings.Count("submits cut off after the commit") +
                findings.Count("submits cut off before the commit"),
            1);
  EXPECT_GE(findings.Count("submissions refused"), 1);
}

}  // namespace
}  // namespace lull
