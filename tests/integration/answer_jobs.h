// Jobs for the rows of the table of answers, run by the programs themselves: each row on an
// upstream of its own, whole or streamed, over HTTP/1.1 or HTTP/2. The first call of a row gets its
// answer, every later one an ordinary answer, except that an upstream that waits for the operator
// is never mended.
#ifndef LULL_TESTS_INTEGRATION_ANSWER_JOBS_H_
#define LULL_TESTS_INTEGRATION_ANSWER_JOBS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/job.pb.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/worker/answer_table.h"
#include "tests/worker/dead_ends.h"
#include "tests/worker/nginx_front.h"

namespace lull {

class AnswerJobs {
 public:
  struct Way {
    bool streamed;
    bool http2;  // needs NginxFront::IsInstalled()
  };
  // `backoff` is the classes', as the server's configuration has it: "{base: 2s, cap: 3s}". Fails
  // the test unless all programs come up.
  AnswerJobs(Way way, std::vector<AnswerRow> rows, const std::string& backoff);

  const std::vector<AnswerRow>& rows() const { return rows_; }
  // Over HTTP/2 a gateway may answer in the upstream's place.
  bool ByGateway(size_t row) const { return way_.http2 && rows_[row].gateway.has_value(); }
  AnswerEnd ExpectedOf(size_t row) const;

  // Submits one; a row of Then::kCancelled is cancelled when its call is under way.
  void Submit(size_t row);
  // Returns when each row that was submitted has come to where its Then says; fails the test if
  // that does not happen.
  void AwaitSettled();

  // Ends the worker, so that nothing changes any more, and asks for everything.
  struct Ended {
    std::vector<v1::Job> jobs;                   // of each row, in full
    std::vector<std::vector<LedgerCall>> calls;  // of each row, as busy_api's ledger has them
    size_t calls_in_all = 0;
  };
  Ended StopAndAsk();

  WorkerProcess& worker() { return *worker_; }
  const DeadEnds& dead_ends() const { return dead_ends_; }

 private:
  bool IsSettled(const v1::Job& job, const AnswerRow& row) const;

  const Way way_;
  const std::vector<AnswerRow> rows_;
  const DeadEnds dead_ends_;
  std::unique_ptr<BusyProcess> busy_;
  std::unique_ptr<NginxFront> nginx_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<JobDriver> driver_;
  std::vector<size_t> submitted_;  // rows
  std::vector<std::string> ids_;   // of those, in the same order
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_ANSWER_JOBS_H_
