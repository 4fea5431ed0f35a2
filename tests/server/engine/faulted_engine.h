// An engine's loop over a SQLite store on the fault VFS, and its clients and workers: they repeat
// what was refused for the time being, remember what they were told, and see the loop through its
// outages.
//
// The test's thread and the loop's take turns (parking_clock.h).
#ifndef LULL_TESTS_SERVER_ENGINE_FAULTED_ENGINE_H_
#define LULL_TESTS_SERVER_ENGINE_FAULTED_ENGINE_H_

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/engine/command.h"
#include "server/engine/engine_loop.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/faulty_store.h"
#include "tests/server/engine/loop_call.h"
#include "tests/server/engine/parking_clock.h"
#include "tests/server/engine/told_answers.h"
#include "tests/storage/fault_vfs.h"

namespace lull {

class FaultedEngine {
 public:
  static constexpr uint64_t kMostJobs = 12;
  static constexpr absl::Duration kKept = absl::Hours(1);  // finished jobs

  // What ends a fault that is for good.
  enum class Ending { kHealed, kPowerCut };

  FaultedEngine(FaultVfs& vfs, const FaultVfs::Fault& fault, Ending ending);
  ~FaultedEngine();
  FaultedEngine(const FaultedEngine&) = delete;
  FaultedEngine& operator=(const FaultedEngine&) = delete;

  // Starts the engine, through the fault if need be.
  void Start();

  // ---- clients; `key`, from 1, is the request id and what a worker's poll for this job names

  JobNumber Submit(uint64_t key, size_t body_bytes, absl::Duration ttl = absl::ZeroDuration());
  void SubmitTwoAtOnce(uint64_t first_key);
  void Cancel(JobNumber job);
  void Update(JobNumber job, const Labels& labels);
  void Delete(JobNumber job);
  void Pause(bool pause);
  // A long poll, until whose end other commands are given; it must say that the job has ended.
  void AwaitEnd(JobNumber job, const std::function<void()>& meanwhile);
  // With a submit in its midst; may fail for good without harm to anything else.
  void BackUp(const std::string& name, uint64_t key);

  // ---- a worker

  LeaseToken Hold(uint64_t key);
  void Finish(const LeaseToken& token, Outcome outcome, size_t response_bytes = 0);
  void Release(const LeaseToken& token);
  void Renew();  // all that it holds

  // ---- time

  void Pass(absl::Duration time);

  // Reads everything back, through the engine and from the store, and compares. `complete`: see
  // ToldAnswers::Check.
  void Check(bool complete = false);

  // Whatever is broken is mended, without a word to the engine.
  void Heal();
  // The power goes out, and a new engine starts on what is left.
  void CutPowerAndRestart();
  void CheckBackups();

  const ToldAnswers& told() const { return told_; }
  int outages() const { return outages_; }       // that lasted
  int recoveries() const { return recovered_; }  // all of them
  int64_t answers_meanwhile() const { return answers_meanwhile_; }
  int refusals() const { return refusals_; }
  int backups() const { return static_cast<int>(backups_.size()); }

 private:
  class Observer final : public EngineObserver {
   public:
    void OnCommitted(const Group& group, absl::Duration took) override;
    std::vector<JobReader::NumberedEvent> events;
  };
  struct FinishedBackup {
    std::string path;
    int64_t events = 0;  // shown before it ended
  };

  template <typename Reply, typename Request>
  std::future<absl::StatusOr<Reply>> Post(Request request) {
    return PostTo<Reply>(*loop_, std::move(request));
  }
  template <typename Reply>
  absl::StatusOr<Reply> Get(std::future<absl::StatusOr<Reply>>& future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      return absl::DeadlineExceededError("no answer");
    }
    absl::StatusOr<Reply> reply = future.get();
    EXPECT_TRUE(clock_.AwaitParked());
    return reply;
  }
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Ask(Request request) {
    std::future<absl::StatusOr<Reply>> future = Post<Reply>(std::move(request));
    return Get(future);
  }

  // As a client does: again and again while the server says that it cannot for the time being.
  // `make` gives the request anew each time.
  template <typename Reply, typename Make>
  absl::StatusOr<Reply> Repeat(const Make& make) {
    using Request = std::invoke_result_t<Make>;
    for (int i = 0; i < 20; ++i) {
      absl::StatusOr<Reply> reply = Ask<Reply>(make());
      if (!reply.ok()) ++refusals_;
      if (std::is_same_v<Request, LeaseRequest> && ReasonOf(reply.status()) == "COMMIT_UNKNOWN") {
        told_.NoteGrantMayBeLost();
      }
      SeeThroughOutage();
      if (!absl::IsUnavailable(reply.status())) {
        EXPECT_TRUE(reply.ok()) << reply.status();
        return reply;
      }
    }
    ADD_FAILURE() << "refused again and again";
    return absl::UnavailableError("refused again and again");
  }

  void Open();
  void Close();
  bool TryToStart();
  SubmitRequest Jobs(const std::vector<uint64_t>& keys, size_t body_bytes, absl::Duration ttl);
  void NoteSubmitted(uint64_t key, const absl::StatusOr<SubmitReply>& reply, size_t place);
  void NoteCommitted();
  void SeeThroughOutage();
  void EndOutage();
  void ExpectRefusals();
  JobReader* Reader();
  absl::Status Look(StoredJobs* found);
  absl::Status LookAtEvents(JobReader& reader, StoredJobs* found);
  absl::Status LookAtJobs(JobReader& reader, StoredJobs* found);
  void CheckBackup(const FinishedBackup& backup);

  static inline const Caller kCaller{"default", {true, true, true}};
  static constexpr char kWorker[] = "w1";

  FaultVfs& vfs_;
  const FaultVfs::Fault fault_;
  const Ending ending_;
  const std::string parent_dir_;
  const std::string data_dir_;
  bool is_over_ = false;  // the fault
  ParkingClock clock_;
  Observer observer_;
  EngineLoop::Options options_;
  std::unique_ptr<JobStore> real_store_;
  std::unique_ptr<FaultyStore> store_;  // counts recoveries, and says that there is room
  std::unique_ptr<EngineLoop> loop_;
  std::unique_ptr<JobReader> reader_;

  ToldAnswers told_;
  std::vector<LeaseToken> held_;
  std::map<JobNumber, Bytes> answers_;  // of those that succeeded
  std::vector<FinishedBackup> backups_;
  int seen_recoveries_ = 0;  // of store_
  int recovered_ = 0;
  int outages_ = 0;
  int refusals_ = 0;
  int64_t answers_meanwhile_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_FAULTED_ENGINE_H_
