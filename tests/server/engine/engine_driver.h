// Drives an Engine as the loop does, on a virtual clock and over a model store: every call is
// followed by its commit.
#ifndef LULL_TESTS_SERVER_ENGINE_ENGINE_DRIVER_H_
#define LULL_TESTS_SERVER_ENGINE_ENGINE_DRIVER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "server/scheduler/plan.h"
#include "tests/server/engine/model_store.h"

namespace lull {

// One class "standard" and the route group "default" with the upstreams "a" and "b".
inline std::shared_ptr<Plan> TwoUpstreamPlan() {
  auto plan = std::make_shared<Plan>();
  plan->classes.resize(1);
  plan->classes[0].name = "standard";
  plan->accounts.push_back({"account", std::nullopt, std::nullopt});
  for (const char* name : {"a", "b"}) {
    Upstream upstream;
    upstream.name = name;
    upstream.credential = "key";
    plan->upstreams.push_back(upstream);
  }
  plan->route_groups.push_back({"default", {"*"}, {{0, 1, ""}, {1, 1, ""}}});
  return plan;
}

class EngineDriver {
 public:
  explicit EngineDriver(std::shared_ptr<Plan> plan, std::string seed = "seed")
      : plan_(std::move(plan)), seed_(std::move(seed)) {
    Load();
  }

  // A new process: only what was committed is left.
  void Restart() {
    store.Reopen();
    Load();
  }

  NewJob Job(std::string class_name = "standard") {
    NewJob job;
    job.spec = std::make_shared<JobSpec>();
    job.spec->tenant = caller.tenant;
    job.spec->class_name = std::move(class_name);
    job.spec->route_group = "default";
    job.spec->body = std::make_shared<const std::string>("{}");
    return job;
  }
  std::vector<Submitted> SubmitAll(std::vector<NewJob> jobs, bool atomic = false) {
    SubmitReply reply = engine->Execute(SubmitRequest{caller, std::move(jobs), atomic}, now);
    Commit();
    return std::move(reply.jobs);
  }
  JobNumber Submit(NewJob job) {
    const std::vector<Submitted> submitted = SubmitAll({std::move(job)});
    EXPECT_TRUE(submitted[0].status.ok()) << submitted[0].status;
    return submitted[0].number;
  }
  JobNumber Submit() { return Submit(Job()); }

  std::vector<LeaseGrant> Lease(int32_t max_jobs = 1, std::string worker = "w1") {
    LeaseRequest request{
        caller, std::move(worker), max_jobs, 1 << 20, absl::ZeroDuration(), {"key"}, {}, nullptr};
    engine->Greet(request, now);
    LeaseReply reply = engine->Offer(request, now);
    Commit();
    return std::move(reply.grants);
  }
  LeaseToken LeaseOne(std::string worker = "w1") {
    const std::vector<LeaseGrant> grants = Lease(1, std::move(worker));
    EXPECT_EQ(grants.size(), 1u);
    return grants.empty() ? LeaseToken() : grants[0].token;
  }

  AttemptReport Report(LeaseToken token, Outcome outcome) {
    AttemptReport report;
    report.token = token;
    report.outcome = outcome;
    report.billed = outcome == Outcome::kSucceeded ? Billed::kYes : Billed::kNo;
    report.hash = 1000 + static_cast<uint64_t>(outcome);
    if (outcome == Outcome::kSucceeded) {
      report.http_status = 200;
      report.response = std::make_shared<const std::string>("answer");
      report.usage.prompt = 5;
      report.usage.completion = 7;
    }
    return report;
  }
  ReportStanding Finish(AttemptReport report) {
    const FinishReply reply =
        engine->Execute(FinishRequest{caller, "w1", {std::move(report)}}, now);
    Commit();
    return reply.standings[0];
  }
  ReportStanding Finish(LeaseToken token, Outcome outcome) {
    return Finish(Report(token, outcome));
  }

  LeaseStanding Renew(std::vector<LeaseToken> tokens, std::string worker = "w1") {
    const RenewReply reply = engine->Execute(RenewRequest{caller, std::move(worker), tokens}, now);
    Commit();
    return reply.standings.empty() ? LeaseStanding::kLost : reply.standings[0];
  }
  LeaseStanding Release(LeaseToken token) {
    const ReleaseReply reply = engine->Execute(ReleaseRequest{caller, "w1", {token}}, now);
    Commit();
    return reply.standings[0];
  }
  CancelReply Cancel(JobNumber job) {
    CancelReply reply = engine->Execute(CancelRequest{caller, job}, now);
    Commit();
    return reply;
  }

  CancelJobsReply CancelAll(std::vector<JobNumber> jobs, uint32_t states = JobFilter::kAllStates) {
    const CancelJobsReply reply =
        engine->Execute(CancelJobsRequest{caller, std::move(jobs), states}, now);
    Commit();
    return reply;
  }
  UpdateReply Update(UpdateRequest request) {
    request.caller = caller;
    UpdateReply reply = engine->Execute(request, now);
    Commit();
    return reply;
  }
  DeleteReply Delete(std::vector<JobNumber> jobs) {
    const DeleteReply reply = engine->Execute(DeleteRequest{caller, std::move(jobs)}, now);
    Commit();
    return reply;
  }

  void Pass(absl::Duration time) {
    now.wall += time;
    now.steady += time;
    engine->Advance(now);
    Commit();
  }

  std::optional<LiveView> View(JobNumber job) { return engine->View(caller, job, now); }
  JobState StateOf(JobNumber job) {
    const std::optional<LiveView> view = View(job);
    if (view) return view->state.state;
    return store.ended.at(job).state;
  }

  Caller caller{"default", {true, true, true}};
  Instant now{absl::FromUnixSeconds(1'767'614'400), absl::Hours(1)};
  ModelStore store;
  std::unique_ptr<Engine> engine;

 private:
  void Commit() { store.Apply(engine->TakeGroup(now)); }

  void Load() {
    engine = std::make_unique<Engine>(plan_, seed_, store.recovered);
    for (const auto& [number, live] : store.live) engine->LoadLive(live, now);
    for (const KeyAdded& key : store.keys) engine->LoadKey(key);
    for (const auto& [key, value] : store.small) {
      const absl::Status status = engine->LoadSmallState({key.first, key.second, value}, now);
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  std::shared_ptr<Plan> plan_;
  std::string seed_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_ENGINE_DRIVER_H_
