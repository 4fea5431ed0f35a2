// A reader of a WatchHub on a thread of its own, which takes messages only while it may.
#ifndef LULL_TESTS_SERVER_WATCH_HUB_READER_H_
#define LULL_TESTS_SERVER_WATCH_HUB_READER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "gtest/gtest.h"
#include "proto/job_service.pb.h"
#include "server/watch/watch_hub.h"

namespace lull {

// What it watches unless told otherwise.
inline const Labels kOurs = {{"team", "ours"}};

class HubReader final : public WatchSink, public std::enable_shared_from_this<HubReader> {
 public:
  explicit HubReader(WatchHub* hub) : hub_(hub), thread_([this] { Run(); }) {}
  // After Close().
  ~HubReader() override { EXPECT_FALSE(thread_.joinable()); }

  absl::Status Watch(EventNumber after) {
    WatchOrder order;
    order.caller.tenant = "default";
    order.create_labels = kOurs;
    order.resume_after = after;
    return Watch(std::move(order));
  }
  absl::Status Watch(WatchOrder order) { return hub_->Add(std::move(order), shared_from_this()); }

  // Ends its watch.
  void Close() {
    {
      MutexLock lock(mutex_);
      closing_ = true;
      changed_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
    hub_->Remove(this);
  }
  void SetAsleep(bool asleep) {
    MutexLock lock(mutex_);
    asleep_ = asleep;
    changed_.SignalAll();
  }

  void Send(std::string message) override {
    MutexLock lock(mutex_);
    EXPECT_TRUE(message_.empty()) << "two messages at once";
    EXPECT_FALSE(ended_);
    message_ = std::move(message);
    changed_.SignalAll();
  }
  void End(const absl::Status& status) override {
    MutexLock lock(mutex_);
    EXPECT_FALSE(ended_);
    ended_ = true;
    status_ = status;
    changed_.SignalAll();
  }
  void Abort() override {
    MutexLock lock(mutex_);
    aborted_ = true;
    changed_.SignalAll();
  }

  // Until `done` holds for what was read; false if that takes too long.
  bool Await(const std::function<bool(const HubReader&)>& done) {
    MutexLock lock(mutex_);
    for (int i = 0; i < 60 && !done(*this); ++i) changed_.WaitFor(mutex_, absl::Seconds(1));
    return done(*this);
  }
  bool AwaitCount(size_t count) {
    return Await([count](const HubReader& r) { return r.numbers_.size() >= count; });
  }
  bool AwaitMessages(int64_t count) {
    return Await([count](const HubReader& r) { return r.messages_ >= count; });
  }
  // One that it has not taken yet.
  bool AwaitMessage() {
    return Await([](const HubReader& r) { return !r.message_.empty(); });
  }
  bool AwaitEnd() {
    return Await([](const HubReader& r) { return r.ended_; });
  }
  bool AwaitAbort() {
    return Await([](const HubReader& r) { return r.aborted_; });
  }
  std::vector<EventNumber> numbers() const {
    MutexLock lock(mutex_);
    return numbers_;
  }
  absl::Status status() const {
    MutexLock lock(mutex_);
    return status_;
  }
  int64_t messages() const {
    MutexLock lock(mutex_);
    return messages_;
  }

 private:
  void Run() {
    for (std::string bytes = Next(); !bytes.empty(); bytes = Next()) {
      v1::WatchJobsResponse message;
      EXPECT_TRUE(message.ParseFromString(bytes));
      {
        MutexLock lock(mutex_);
        for (const v1::JobEvent& event : message.events().events()) {
          numbers_.push_back(event.seq());
        }
        ++messages_;
        changed_.SignalAll();
      }
      hub_->Sent(this);
    }
  }
  // Empty: it is closing.
  std::string Next() {
    MutexLock lock(mutex_);
    while (!closing_ && (message_.empty() || asleep_)) changed_.Wait(mutex_);
    return closing_ ? "" : std::exchange(message_, "");
  }

  WatchHub* const hub_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool asleep_ = false;
  bool closing_ = false;
  std::string message_;
  std::vector<EventNumber> numbers_;
  int64_t messages_ = 0;
  bool ended_ = false;
  bool aborted_ = false;
  absl::Status status_;
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_WATCH_HUB_READER_H_
