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
  cancel_asked_.push_back(job_id);
}

std::optional<Submission> ClientHistory::Acknowledged(uint64_t n) const {
  MutexLock lock(mutex_);
  if (acknowledged_.empty()) return std::nullopt;
  return submissions_.at(acknowledged_[n % acknowledged_.size()]);
}

std::vector<Submission> ClientHistory::Submissions() const {
  MutexLock lock(mutex_);
  std::vector<Submission> all;
  for (const auto& [marker, submission] : submissions_) all.push_back(submission);
  return all;
}

std::vector<std::string> ClientHistory::CancelAsked() const {
  MutexLock lock(mutex_);
  return cancel_asked_;
}

}  // namespace lull
