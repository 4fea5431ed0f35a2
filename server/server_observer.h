// What the engine's thread tells the rest of the server, in one place.
#ifndef LULL_SERVER_SERVER_OBSERVER_H_
#define LULL_SERVER_SERVER_OBSERVER_H_

#include "server/engine/engine_loop.h"
#include "server/reads/body_cache.h"
#include "server/rpc/health.h"
#include "server/watch/watch_hub.h"

namespace lull {

// Hands everything on to `metrics`, what was committed to who watches, keeps the body cache, and
// says when the engine recovers. Owns nothing.
class ServerObserver final : public EngineObserver {
 public:
  ServerObserver(EngineObserver* metrics, BodyCache* bodies, WatchHub* watches, Health* health)
      : metrics_(metrics), bodies_(bodies), watches_(watches), health_(health) {}

  void OnCommitted(const Group& group, absl::Duration took) override;
  void OnCommitFailed(const absl::Status& status) override;
  void OnRecovered(int64_t epoch, int64_t live_jobs, absl::Duration took) override;
  void OnAttemptEnded(absl::string_view class_name, absl::string_view route_group,
                      const Attempt& attempt) override {
    metrics_->OnAttemptEnded(class_name, route_group, attempt);
  }
  void OnStaleReport() override { metrics_->OnStaleReport(); }
  void OnLeaseExpired() override { metrics_->OnLeaseExpired(); }
  void OnSubmitRefused(absl::string_view reason) override { metrics_->OnSubmitRefused(reason); }
  void OnBackupEnded(const absl::Status& status) override { metrics_->OnBackupEnded(status); }

 private:
  EngineObserver* const metrics_;
  BodyCache* const bodies_;
  WatchHub* const watches_;
  Health* const health_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVER_OBSERVER_H_
