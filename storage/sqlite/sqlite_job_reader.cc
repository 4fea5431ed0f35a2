#include "storage/sqlite/sqlite_job_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/rows.h"
#include "storage/sqlite/sql.h"
#include "storage/sqlite/stored_enum.h"

namespace lull {

SqliteJobReader::SqliteJobReader(std::shared_ptr<ReadGate> gate, std::string path)
    : gate_(std::move(gate)), path_(std::move(path)) {
  gate_->Add(this);
}

SqliteJobReader::~SqliteJobReader() { gate_->Remove(this); }

absl::StatusOr<SqliteJobReader::Open*> SqliteJobReader::EnsureOpen() {
  if (open_ != nullptr) return open_.get();
  auto open = std::make_unique<Open>();
  LULL_ASSIGN_OR_RETURN(open->connection, Connection::OpenReader(path_));
  const std::pair<Statement*, const char*> all[] = {
      {&open->find_job, sql::kFindJob},
      {&open->read_job, sql::kReadJob},
      {&open->read_job_with_body, sql::kReadJobWithBody},
      {&open->read_result, sql::kReadResult},
      {&open->read_result_with_body, sql::kReadResultWithBody},
      {&open->read_events, sql::kReadEvents},
      {&open->list_jobs, sql::kListJobs},
  };
  for (const auto& [statement, sql] : all) {
    LULL_ASSIGN_OR_RETURN(*statement, open->connection->Prepare(sql));
  }
  open_ = std::move(open);
  return open_.get();
}

absl::StatusOr<JobReader::Found> SqliteJobReader::FindJob(const JobId& id) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = open->find_job.Blob(BytesOf(id));
  ResetAtEnd reset(row);
  LULL_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return absl::NotFoundError(absl::StrCat("there is no job ", id.ToString()));
  Found result;
  result.number = row.Int();
  result.tenant = std::string(row.Text());
  return result;
}

absl::StatusOr<std::shared_ptr<const JobSpec>> SqliteJobReader::ReadSpec(JobNumber job,
                                                                         bool bodies) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = (bodies ? open->read_job_with_body : open->read_job).Int(job);
  ResetAtEnd reset(row);
  LULL_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return absl::NotFoundError(absl::StrCat("there is no job of number ", job));
  LULL_ASSIGN_OR_RETURN(JobSpec spec, ReadJob(row, bodies));
  return std::make_shared<const JobSpec>(std::move(spec));
}

absl::StatusOr<JobEnded> SqliteJobReader::ReadEnded(JobNumber job, bool bodies) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = (bodies ? open->read_result_with_body : open->read_result).Int(job);
  ResetAtEnd reset(row);
  LULL_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return absl::NotFoundError(absl::StrCat("there is no outcome of job number ", job));
  return ReadResult(row, bodies);
}

absl::StatusOr<std::vector<JobReader::NumberedEvent>> SqliteJobReader::ReadEvents(EventNumber from,
                                                                                  int max) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = open->read_events.Int(from);
  ResetAtEnd reset(row);
  const size_t wanted = max < 1 ? 1 : static_cast<size_t>(max);
  std::vector<NumberedEvent> events;
  while (events.size() < wanted) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) break;
    EventNumber number = row.Int();
    LULL_ASSIGN_OR_RETURN(std::vector<Event> packed, UnpackEvents(row.Blob()));
    for (Event& event : packed) {
      if (number >= from && events.size() < wanted) events.push_back({number, std::move(event)});
      ++number;
    }
  }
  return events;
}

absl::StatusOr<std::vector<JobReader::JobLine>> SqliteJobReader::ListJobs(JobNumber first,
                                                                          JobNumber last, int max) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = open->list_jobs.Int(first).Int(last).Int(max < 0 ? 0 : max);
  ResetAtEnd reset(row);
  std::vector<JobLine> lines;
  while (true) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) return lines;
    JobLine line;
    line.number = row.Int();
    LULL_ASSIGN_OR_RETURN(line.id, ReadJobId(row));
    if (!EnumFromStored(row.Int(), line.state)) {
      return absl::DataLossError(
          absl::StrCat("job ", line.number, " is neither live nor has an outcome"));
    }
    line.lease = row.Int();
    line.dispatch_count = static_cast<int32_t>(row.Int());
    lines.push_back(std::move(line));
  }
}

}  // namespace lull
