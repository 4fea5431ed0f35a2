// What the engine itself costs, without a store: jobs submitted, granted and finished, with so many
// others waiting.
//
//   bazel run --config=release //tests/benchmarks:engine_benchmark
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/engine/engine.h"
#include "server/scheduler/plan.h"

namespace lull {
namespace {

constexpr int kGroup = 100;
const Caller kCaller{"default", {true, true, true}};

std::shared_ptr<Plan> OneUpstreamPlan() {
  auto plan = std::make_shared<Plan>();
  plan->classes.resize(1);
  plan->classes[0].name = "standard";
  plan->accounts.push_back({"account", std::nullopt, std::nullopt});
  plan->upstreams.resize(1);
  plan->upstreams[0].name = "upstream";
  plan->route_groups.push_back({"default", {"*"}, {{0, 1, ""}}});
  return plan;
}

SubmitRequest JobsToSubmit(const std::shared_ptr<const std::string>& body) {
  SubmitRequest request;
  request.caller = kCaller;
  for (int i = 0; i < kGroup; ++i) {
    NewJob job;
    job.spec = std::make_shared<JobSpec>();
    job.spec->tenant = kCaller.tenant;
    job.spec->class_name = "standard";
    job.spec->route_group = "default";
    job.spec->method = "POST";
    job.spec->path = "/v1/chat/completions";
    job.spec->body = body;
    request.jobs.push_back(std::move(job));
  }
  return request;
}

void BM_WholeLife(benchmark::State& state) {
  Engine engine(OneUpstreamPlan(), "seed", {1, 1, 1, 1});
  Instant now{absl::FromUnixSeconds(1'767'614'400), absl::Hours(1)};
  const auto body = std::make_shared<const std::string>(1024, 'x');
  for (int64_t waiting = 0; waiting < state.range(0); waiting += kGroup) {
    engine.Execute(JobsToSubmit(body), now);
    engine.TakeGroup(now);
  }
  const LeaseRequest poll{kCaller, "w1", 4, 1 << 30, absl::ZeroDuration(), {}, {}, nullptr};
  for (auto _ : state) {
    now.wall += absl::Milliseconds(1);
    now.steady += absl::Milliseconds(1);
    engine.Execute(JobsToSubmit(body), now);
    engine.Advance(now);
    benchmark::DoNotOptimize(engine.TakeGroup(now));
    for (int done = 0; done < kGroup;) {
      FinishRequest finish{kCaller, "w1", {}};
      for (const LeaseGrant& grant : engine.Offer(poll, now).grants) {
        AttemptReport report;
        report.token = grant.token;
        report.outcome = Outcome::kSucceeded;
        report.response = body;
        report.hash = 1;
        finish.reports.push_back(std::move(report));
      }
      done += static_cast<int>(finish.reports.size());
      benchmark::DoNotOptimize(engine.TakeGroup(now));
      engine.Execute(finish, now);
      benchmark::DoNotOptimize(engine.TakeGroup(now));
      engine.TakeEnded();
      engine.TakeEndedAttempts();
    }
  }
  state.SetItemsProcessed(state.iterations() * kGroup);
}
BENCHMARK(BM_WholeLife)->Arg(0)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace lull

BENCHMARK_MAIN();
