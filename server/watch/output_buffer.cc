#include "server/watch/output_buffer.h"

#include <algorithm>
#include <utility>

namespace lull {

bool OutputBuffer::Put(JobNumber job, std::shared_ptr<const std::string> message) {
  const int64_t size = static_cast<int64_t>(message->size());
  MutexLock lock(mutex_);
  if (ended_.contains(job) || bytes_ + size > kMaxBytes ||
      static_cast<int64_t>(pieces_.size()) >= kMaxPieces) {
    return false;
  }
  bytes_ += size;
  ++waiting_[job];
  pieces_.push_back({job, std::move(message)});
  return true;
}

std::shared_ptr<const std::string> OutputBuffer::Take() {
  MutexLock lock(mutex_);
  if (pieces_.empty()) return nullptr;
  Piece piece = std::move(pieces_.front());
  pieces_.pop_front();
  bytes_ -= static_cast<int64_t>(piece.message->size());
  const auto waiting = waiting_.find(piece.job);
  if (--waiting->second == 0) waiting_.erase(waiting);
  return std::move(piece.message);
}

bool OutputBuffer::End(JobNumber job) {
  MutexLock lock(mutex_);
  if (waiting_.contains(job)) return false;
  NoteEnd(job);
  return true;
}

void OutputBuffer::Drop(JobNumber job) {
  MutexLock lock(mutex_);
  waiting_.erase(job);
  int64_t dropped = 0;
  std::erase_if(pieces_, [&](const Piece& piece) {
    if (piece.job != job) return false;
    dropped += static_cast<int64_t>(piece.message->size());
    return true;
  });
  bytes_ -= dropped;
  NoteEnd(job);
}

void OutputBuffer::NoteEnd(JobNumber job) {
  if (!ended_.insert(job).second) return;
  ended_order_.push_back(job);
  if (ended_order_.size() <= kMaxEnded) return;
  ended_.erase(ended_order_.front());
  ended_order_.pop_front();
}

}  // namespace lull
