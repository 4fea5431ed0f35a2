// Reads the store through a connection of its own, which it opens when it is first needed and again
// after a recovery.
#ifndef LULL_STORAGE_SQLITE_SQLITE_JOB_READER_H_
#define LULL_STORAGE_SQLITE_SQLITE_JOB_READER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "storage/job_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/read_gate.h"
#include "storage/sqlite/statement.h"

namespace lull {

class SqliteJobReader : public JobReader, private ReadGate::Reader {
 public:
  SqliteJobReader(std::shared_ptr<ReadGate> gate, std::string path);
  ~SqliteJobReader() override;

  absl::StatusOr<Found> FindJob(const JobId& id) override;
  absl::StatusOr<std::shared_ptr<const JobSpec>> ReadSpec(JobNumber job, bool bodies) override;
  absl::StatusOr<JobEnded> ReadEnded(JobNumber job, bool bodies) override;
  absl::StatusOr<std::vector<NumberedEvent>> ReadEvents(EventNumber from, int max) override;
  absl::StatusOr<EventRange> ReadEventRange() override;
  absl::StatusOr<std::vector<Identity>> ReadIdentities(absl::Span<const JobNumber> jobs) override;
  absl::StatusOr<Page> QueryJobs(const Query& query) override;
  absl::StatusOr<std::vector<UsageAdded>> ReadUsage(const UsageQuery& query) override;
  absl::StatusOr<std::vector<JobLine>> ListJobs(JobNumber first, JobNumber last, int max) override;

 private:
  // Declared in this order: statements go before their connection.
  struct Open {
    std::unique_ptr<Connection> connection;
    Statement find_job;
    Statement read_job;
    Statement read_job_with_body;
    Statement read_result;
    Statement read_result_with_body;
    Statement read_events;
    Statement read_event_range;
    Statement read_identity;
    Statement query_jobs;
    Statement read_usage;
    Statement list_jobs;
  };
  absl::StatusOr<Open*> EnsureOpen();
  void CloseConnection() override { open_.reset(); }

  const std::shared_ptr<ReadGate> gate_;
  const std::string path_;
  std::unique_ptr<Open> open_;  // used inside the gate only
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_SQLITE_JOB_READER_H_
