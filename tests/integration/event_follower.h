// A client that follows jobs with WatchJobs for as long as it may, through cut-offs, restarts and
// crashes of the server, and notes every event it was told.
#ifndef LULL_TESTS_INTEGRATION_EVENT_FOLLOWER_H_
#define LULL_TESTS_INTEGRATION_EVENT_FOLLOWER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "proto/event.pb.h"
#include "proto/job_service.pb.h"

namespace lull {

class EventFollower {
 public:
  struct Options {
    std::string address;
    v1::LabelSet labels;
    bool begin_with_snapshot = false;  // otherwise with the first event of the log
    bool small_window = false;         // so that a pause soon keeps the server waiting
    bool keep_digests = false;         // of each event, where some of them are optional
  };

  // What an event says, as one number, to compare without keeping it.
  static uint64_t Digest(const std::string& job_id, int64_t seq, v1::JobEventType type,
                         v1::JobState state);

  // Starts to follow.
  explicit EventFollower(Options options);
  // Stop() was called.
  ~EventFollower();

  // From now on it reads nothing, until Wake.
  void Sleep() { asleep_ = true; }
  void Wake();
  // Ends the stream that is open, and follows no more.
  void Stop();

  // ---- any time
  int64_t ended() const { return ended_; }    // terminal states it knows of
  int64_t events() const { return events_; }  // told
  int64_t newest() const { return newest_; }  // number of the last of them, or of the snapshot
  bool keeps_digests() const { return options_.keep_digests; }
  int64_t messages() const { return messages_; }
  int64_t cut_offs() const { return cut_offs_; }
  int64_t streams() const { return streams_; }  // that brought something

  // ---- after Stop()
  struct Told {
    std::vector<int64_t> seqs;
    uint64_t digest = 0;                                // over all of them, in their order
    std::vector<uint64_t> digests;                      // with keep_digests
    int64_t synced = -1;                                // of the snapshot
    std::unordered_map<std::string, v1::Job> snapshot;  // by id
    std::vector<std::string> problems;
  };
  const Told& told() const { return told_; }

 private:
  struct Stream;

  void Run();
  void Follow(Stream& stream);
  void Take(const v1::WatchJobsResponse& message);
  bool IsShown(const v1::JobEvent& event);
  void AwaitWake();

  const Options options_;
  Told told_;
  int64_t resume_after_ = -1;
  bool brought_snapshot_ = false;  // the present stream
  std::atomic<int64_t> ended_{0};
  std::atomic<int64_t> events_{0};
  std::atomic<int64_t> newest_{-1};
  std::atomic<int64_t> messages_{0};
  std::atomic<int64_t> cut_offs_{0};
  std::atomic<int64_t> streams_{0};
  std::atomic<bool> asleep_{false};
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  CondVar woken_;
  Stream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_EVENT_FOLLOWER_H_
