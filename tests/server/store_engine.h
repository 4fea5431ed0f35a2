// Store, engine and pool of a server without its ports, for tests of what stands between them.
#ifndef LULL_TESTS_SERVER_STORE_ENGINE_H_
#define LULL_TESTS_SERVER_STORE_ENGINE_H_

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "server/http/server_metrics.h"
#include "server/reads/body_cache.h"
#include "server/reads/job_reads.h"
#include "server/reads/read_pool.h"
#include "server/services/service_parts.h"
#include "server/watch/watch_hub.h"
#include "tests/server/engine/loop_call.h"
#include "tests/testing/fake_clock.h"

namespace lull {

class StoreEngine {
 public:
  // One class "standard", one upstream "up" with the credential "key", one route group "chat".
  StoreEngine();
  ~StoreEngine();

  const ServiceParts& parts() const { return parts_; }
  EngineLoop& loop() { return *loop_; }
  JobStore& store();
  FakeClock& clock() { return clock_; }

  // While set, every ReadSpec with bodies gives it.
  void SpoilBodies(absl::Status status);
  // While set, every ReadSpec and ReadEnded gives it.
  void SpoilJobs(absl::Status status);
  // Called on the pool's threads before each ReadEnded, with the reader.
  void BeforeReadEnded(std::function<void(JobReader&, JobNumber)> call);
  // The next commit fails, and nothing of it is kept.
  void FailNextCommit();

  // The reply, when it is there.
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Ask(Request request) {
    return PostTo<Reply>(*loop_, std::move(request)).get();
  }

  static Caller CallerOf(const std::string& tenant) { return {tenant, {true, true, true}}; }
  // The stored spec of a new job of that tenant.
  std::shared_ptr<const JobSpec> Submit(const std::string& tenant = "default");
  LeaseReply Lease();

 private:
  class SpoiledStore;

  FakeClock clock_;
  ServerMetrics metrics_{Plan()};
  std::unique_ptr<JobStore> sqlite_;
  std::unique_ptr<SpoiledStore> spoiled_;
  std::unique_ptr<EngineLoop> loop_;
  std::unique_ptr<ReadPool> pool_;
  std::unique_ptr<JobReads> reads_;
  std::unique_ptr<WatchHub> watches_;
  BodyCache bodies_{0};
  ServiceParts parts_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_STORE_ENGINE_H_
