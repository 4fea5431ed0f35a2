#include "server/server_observer.h"

#include <variant>

namespace lull {

void ServerObserver::OnCommitted(const Group& group, absl::Duration took) {
  for (const Record& record : group.records) {
    if (const auto* created = std::get_if<JobCreated>(&record)) {
      bodies_->Add(created->spec);
    } else if (const auto* ended = std::get_if<JobEnded>(&record)) {
      bodies_->Remove(ended->number);
    }
  }
  watches_->OnCommitted(group);
  metrics_->OnCommitted(group, took);
}

void ServerObserver::OnCommitFailed(const absl::Status& status) {
  health_->SetRecovered(false);
  metrics_->OnCommitFailed(status);
}

void ServerObserver::OnRecovered(int64_t epoch, int64_t live_jobs, absl::Duration took) {
  watches_->OnRecovered();
  metrics_->OnRecovered(epoch, live_jobs, took);
  health_->SetRecovered(true);
}

}  // namespace lull
