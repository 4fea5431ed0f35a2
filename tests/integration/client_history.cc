#include "tests/integration/client_history.h"

#include <algorithm>

#include "base/clock.h"

namespace lull {

void ClientHistory::Ask(const std::string& marker, const std::string& request_id) {
  const absl::Time now = SystemClock().WallNow();
  MutexLock lock(mutex_);
  Submission& submission = submissions_[marker];
  submission.marker = marker;
  submission.request_id = request_id;
  submission.asked = std::min(submission.asked, now);
}

void ClientHistory::Acknowledge(const std::string& marker, const std::string& job_id) {
  const absl::Time now = SystemClock().WallNow();
  MutexLock lock(mutex_);
  Submission& submission = submissions_[marker];
  if (submission.acknowledged.empty()) {
    submission.first_acknowledged = now;
    acknowledged_.push_back(marker);
  }
  submission.acknowledged.push_back(job_id);
}

void ClientHistory::Refuse(const std::string& marker, absl::StatusCode code) {
  MutexLock lock(mutex_);
  submissions_[marker].refusal = code;
}

void ClientHistory::AskCancel(const std::string& job_id) {
  MutexLock lock(mutex_);
  meddling_.cancel_asked.push_back(job_id);
}

void ClientHistory::AskDelete(const std::string& job_id) {
  MutexLock lock(mutex_);
  meddling_.delete_asked.push_back(job_id);
}

void ClientHistory::Deleted(const std::string& job_id) {
  MutexLock lock(mutex_);
  meddling_.deleted.push_back(job_id);
}

void ClientHistory::AskRetry(const std::string& job_id) {
  MutexLock lock(mutex_);
  meddling_.retries[job_id];
}

void ClientHistory::Retried(const std::string& job_id, const std::string& new_job_id) {
  MutexLock lock(mutex_);
  meddling_.retries[job_id].push_back(new_job_id);
}

void ClientHistory::AskPriority(const std::string& job_id) {
  MutexLock lock(mutex_);
  meddling_.priorities[job_id] = std::nullopt;
}

void ClientHistory::PrioritySet(const std::string& job_id, int priority) {
  MutexLock lock(mutex_);
  meddling_.priorities[job_id] = priority;
}

std::optional<Submission> ClientHistory::Acknowledged(uint64_t n) const {
  MutexLock lock(mutex_);
  if (acknowledged_.empty()) return std::nullopt;
  return submissions_.at(acknowledged_[n % acknowledged_.size()]);
}

std::string ClientHistory::Newest() const {
  MutexLock lock(mutex_);
  if (acknowledged_.empty()) return "";
  return submissions_.at(acknowledged_.back()).acknowledged.front();
}

std::vector<Submission> ClientHistory::Submissions() const {
  MutexLock lock(mutex_);
  std::vector<Submission> all;
  for (const auto& [marker, submission] : submissions_) all.push_back(submission);
  return all;
}

Meddling ClientHistory::GetMeddling() const {
  MutexLock lock(mutex_);
  return meddling_;
}

}  // namespace lull
