#include "server/rpc/health.h"

#include <grpcpp/health_check_service_interface.h>

namespace lull {
namespace {

// The empty name stands for the server as a whole.
constexpr const char* kServices[] = {"", "lull.v1.JobService", "lull.v1.WorkerService",
                                     "lull.v1.AdminService"};

}  // namespace

void Health::Attach(grpc::HealthCheckServiceInterface* service) {
  MutexLock lock(mutex_);
  service_ = service;
  TellLocked();
}

void Health::SetRecovered(bool recovered) {
  MutexLock lock(mutex_);
  if (recovered_ == recovered) return;
  recovered_ = recovered;
  TellLocked();
}

void Health::SetDraining() {
  MutexLock lock(mutex_);
  draining_ = true;
  TellLocked();
}

bool Health::serving() const {
  MutexLock lock(mutex_);
  return ServingLocked();
}

void Health::TellLocked() {
  if (service_ == nullptr) return;
  for (const char* service : kServices) service_->SetServingStatus(service, ServingLocked());
}

}  // namespace lull
