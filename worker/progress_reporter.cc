#include "worker/progress_reporter.h"

#include <utility>

namespace lull {
namespace {

// A report that takes longer is given up: newer output is worth more.
constexpr absl::Duration kTimeout = absl::Seconds(1);

}  // namespace

ProgressReporter::ProgressReporter(std::string worker_id, EventLoop& loop, QueueClient& queue,
                                   WorkerMetrics& metrics)
    : worker_id_(std::move(worker_id)), loop_(loop), queue_(queue), metrics_(metrics) {}

void ProgressReporter::Add(const std::string& token, int64_t offset, absl::string_view events) {
  MutexLock lock(mutex_);
  if (events.size() > kPieceBytesMax || bytes_ + events.size() > kWaitingBytesMax) {
    metrics_.CountDroppedProgress(static_cast<int64_t>(events.size()));
    return;
  }
  const auto last = last_.find(token);
  v1::Progress* piece = last == last_.end() ? nullptr : &pieces_[last->second - taken_];
  const bool continues = piece != nullptr &&
                         piece->offset() + static_cast<int64_t>(piece->data().size()) == offset &&
                         piece->data().size() + events.size() <= kPieceBytesMax;
  if (!continues) {
    if (pieces_.size() >= kWaitingPiecesMax) {
      metrics_.CountDroppedProgress(static_cast<int64_t>(events.size()));
      return;
    }
    last_[token] = taken_ + pieces_.size();
    piece = &pieces_.emplace_back();
    piece->set_lease_token(token);
    piece->set_offset(offset);
  }
  piece->mutable_data()->append(events.data(), events.size());
  bytes_ += events.size();
  if (awake_) return;
  awake_ = true;
  loop_.Post([this] { Send(); });
}

std::shared_ptr<v1::ReportProgressRequest> ProgressReporter::Take() {
  auto request = std::make_shared<v1::ReportProgressRequest>();
  request->set_worker_id(worker_id_);
  MutexLock lock(mutex_);
  awake_ = !pieces_.empty();  // what comes now waits for the end of this report
  while (!pieces_.empty() && request->progress_size() < static_cast<int>(kReportPiecesMax)) {
    v1::Progress& piece = *request->add_progress();
    piece = std::move(pieces_.front());
    pieces_.pop_front();
    bytes_ -= piece.data().size();
    const auto last = last_.find(piece.lease_token());
    if (last != last_.end() && last->second == taken_) last_.erase(last);
    ++taken_;
  }
  return request;
}

void ProgressReporter::Send() {
  if (under_way_ || resting_) return;
  std::shared_ptr<v1::ReportProgressRequest> request = Take();
  if (request->progress().empty()) return;
  int64_t bytes = 0;
  for (const v1::Progress& piece : request->progress()) {
    bytes += static_cast<int64_t>(piece.data().size());
  }
  under_way_ = true;
  ++begun_;
  queue_.ReportProgress(
      std::move(request), kTimeout,
      [this, bytes](absl::StatusOr<v1::ReportProgressResponse> response) {
        loop_.Post([this, bytes, response = std::move(response)] { End(bytes, response); });
      });
}

void ProgressReporter::End(int64_t bytes,
                           const absl::StatusOr<v1::ReportProgressResponse>& response) {
  under_way_ = false;
  if (response.ok()) {
    metrics_.CountProgress(bytes);
    pace_.Reset();
  } else {
    metrics_.CountDroppedProgress(bytes);
  }
  while (!waiting_.empty() && waiting_.begin()->first <= begun_) {
    Then then = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    then();
  }
  if (!waiting_.empty()) return Send();
  resting_ = true;
  loop_.PostAfter(response.ok() ? kInterval : pace_.Next(), [this] {
    resting_ = false;
    Send();
  });
}

void ProgressReporter::Flush(const std::string& token, Then then) {
  uint64_t report = begun_;  // that has the last of it
  {
    MutexLock lock(mutex_);
    const auto last = last_.find(token);
    if (last != last_.end()) report += 1 + (last->second - taken_) / kReportPiecesMax;
  }
  if (report == begun_ && !under_way_) return then();
  waiting_.emplace(report, std::move(then));
  if (under_way_) return;
  resting_ = false;
  Send();
}

}  // namespace lull
