// How any RPC learns what a job is now: from the store where it has ended, from the engine where it
// lives. Works while the engine is recovering too, as long as the store can be read.
//
// Any thread may call; `done` is called exactly once, on a thread of the pool, or on the calling
// one if the pool or the engine refuses. Errors: NOT_FOUND (no such job, or another tenant's: the
// same bytes), RESOURCE_EXHAUSTED (too many reads wait), UNAVAILABLE, DATA_LOSS.
#ifndef LULL_SERVER_READS_JOB_READS_H_
#define LULL_SERVER_READS_JOB_READS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/api/convert_job.h"
#include "server/api/job_snapshot.h"
#include "server/engine/command.h"
#include "server/engine/engine_loop.h"
#include "server/reads/read_pool.h"

namespace lull {

// Names a job, by either.
struct JobRef {
  std::string id;        // as the client gave it; looked up for its tenant
  JobNumber number = 0;  // 0: not known
};

// The number behind a public id, on a thread of the pool. Errors as below.
absl::StatusOr<JobNumber> FindJobNumber(PoolReader& reader, const std::string& tenant,
                                        const std::string& job_id);

class JobReads {
 public:
  using FoundDone = absl::AnyInvocable<void(absl::StatusOr<JobNumber>)>;
  using JobDone = absl::AnyInvocable<void(absl::StatusOr<JobSnapshot>)>;
  // As asked; each is a job, or why not.
  using JobsDone = absl::AnyInvocable<void(std::vector<absl::StatusOr<JobSnapshot>>)>;

  // Owns neither; both outlive every call's `done`.
  JobReads(ReadPool* pool, EngineLoop* loop) : pool_(pool), loop_(loop) {}

  // The number behind a public id.
  void Find(const Caller& caller, const std::string& job_id, FoundDone done);

  // kFull reads the body too.
  void Get(const Caller& caller, JobRef job, JobDetail detail, JobDone done);

  // A job of which the engine has just said this; nullopt: it has ended.
  void Complete(JobRef job, std::optional<LiveView> live, JobDetail detail, JobDone done);

  // Bodies are read until `max_body_bytes` of them are; the jobs after that come without.
  void GetMany(const Caller& caller, std::vector<JobRef> jobs, JobDetail detail,
               int64_t max_body_bytes, JobsDone done);

 private:
  struct Batch;

  void ReadEnded(std::shared_ptr<Batch> batch);
  void AskEngine(std::shared_ptr<Batch> batch);
  void ReadLive(std::shared_ptr<Batch> batch);

  ReadPool* const pool_;
  EngineLoop* const loop_;
};

}  // namespace lull

#endif  // LULL_SERVER_READS_JOB_READS_H_
