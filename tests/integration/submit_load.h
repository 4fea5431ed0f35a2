// Clients that submit without pause, as clients of a server that dies under them do: singly and in
// batches, each job with a request id of its own, repeating UNAVAILABLE with the same id until
// there is an answer; and some that repeat what was acknowledged long ago, race each other with one
// request id, use an id twice, and cancel.
#ifndef LULL_TESTS_INTEGRATION_SUBMIT_LOAD_H_
#define LULL_TESTS_INTEGRATION_SUBMIT_LOAD_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/job_service.pb.h"
#include "tests/integration/client_history.h"
#include "tests/testing/lull_client.h"

namespace lull {

// A chat call about `marker`, which is also its label "marker"; with that many bytes of text more.
v1::CreateJobRequest MarkedJob(const std::string& marker, const std::string& request_id = "",
                               const std::string& class_name = "", int more_bytes = 0);

// Key and value of a label that all jobs of the load are created with.
inline constexpr char kLoadLabel[] = "load";

class SubmitLoad {
 public:
  struct Counts {
    std::atomic<int64_t> submits{0};     // RPCs, repetitions included
    std::atomic<int64_t> unanswered{0};  // of them that ended without the server's word
    std::atomic<int64_t> repeated{0};    // submissions of what was acknowledged before
    std::atomic<int64_t> races{0};       // pairs with one request id at the same time
    std::atomic<int64_t> conflicts{0};   // an id used again with other content
    std::atomic<int64_t> streams{0};     // that carried submits, repeated ones included
    std::atomic<int64_t> cancels{0};     // cancels that the server agreed to
    std::atomic<int64_t> updates{0};     // and changes of a priority
    std::atomic<int64_t> retries{0};
    std::atomic<int64_t> deletions{0};
  };

  // Starts the clients. `history` outlives it.
  SubmitLoad(const std::string& address, uint64_t seed, ClientHistory* history);
  // As Stop().
  ~SubmitLoad();

  // A batch with bodies so large that its commit takes long, on the caller's thread: returns as
  // soon as the server answers.
  absl::Status SubmitLargeBatch(LullClient& client);

  // Lets every client get its last answer, for which a server has to run.
  void Stop();

  // Submits under way: sent and not answered.
  int UnderWay() const { return under_way_.load(); }
  const Counts& counts() const { return counts_; }

 private:
  using Random = std::mt19937_64;
  struct Marked {
    std::string marker;
    std::string request_id;
    int more_bytes = 0;
  };

  void SubmitSingly(int client, uint64_t seed);
  void SubmitBatches(int client, uint64_t seed);
  void SubmitStreams(int client, uint64_t seed);
  void Meddle(int client, uint64_t seed);
  void Race(LullClient& first, LullClient& second, const Marked& marked);
  void CancelOne(LullClient& client, const std::string& job_id, bool as_one_of_many);
  void UpdateOne(LullClient& client, const std::string& job_id, int priority);
  void RetryOne(LullClient& client, const std::string& job_id);
  void DeleteOne(LullClient& client, const std::string& job_id);
  // Over one stream; what is not answered stays in `batch`. The stream's own end.
  absl::Status SubmitStream(LullClient& client, std::vector<Marked>* batch);
  // Until there is an answer.
  absl::Status Submit(LullClient& client, const Marked& marked);
  absl::Status SubmitBatch(LullClient& client, const std::vector<Marked>& batch);

  const std::string address_;
  ClientHistory& history_;
  Counts counts_;
  std::atomic<int> under_way_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int> large_batches_{0};
  std::vector<std::thread> clients_;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_SUBMIT_LOAD_H_
