#include "server/reads/read_pool.h"

#include "absl/strings/str_cat.h"
#include "server/api/rpc_error.h"

namespace lull {

absl::Status PoolReader::Open() {
  if (reader_ != nullptr) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<JobReader>> opened = store_->OpenReader();
  if (!opened.ok()) return opened.status();
  reader_ = *std::move(opened);
  return absl::OkStatus();
}

ReadPool::ReadPool(JobStore* store, int threads, int64_t max_queue)
    : store_(store), max_queue_(max_queue) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

ReadPool::~ReadPool() { Stop(); }

absl::Status ReadPool::Read(Task task) {
  MutexLock lock(mutex_);
  if (stopping_) {
    return RpcError(absl::StatusCode::kUnavailable, "DRAINING", "the server is stopping");
  }
  if (static_cast<int64_t>(queue_.size()) >= max_queue_) {
    return OverloadedError(
        "READS_FULL",
        absl::StrCat(queue_.size(), " reads wait already; at most ", max_queue_, " may wait"),
        absl::Seconds(1));
  }
  queue_.push_back(std::move(task));
  arrived_.Signal();
  return absl::OkStatus();
}

void ReadPool::Run(Task task) {
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      queue_.push_back(std::move(task));
      arrived_.Signal();
      return;
    }
  }
  PoolReader reader(store_);
  task(reader);
}

void ReadPool::Work() {
  PoolReader reader(store_);
  while (true) {
    Task task;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) arrived_.Wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task(reader);
  }
}

void ReadPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    arrived_.SignalAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

int64_t ReadPool::queued() const {
  MutexLock lock(mutex_);
  return static_cast<int64_t>(queue_.size());
}

}  // namespace lull
