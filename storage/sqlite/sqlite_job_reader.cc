#include "storage/sqlite/sqlite_job_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/event_packing.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/rows.h"
#include "storage/sqlite/sql.h"
#include "storage/sqlite/stored_enum.h"

namespace lull {
namespace {

// A row of sql::kQueryJobs, of which the number and the tenant are read. Views are the row's.
struct QueriedJob {
  FilteredJob job;
  Labels labels;
};

absl::Status ReadQueriedJob(Statement& row, JobNumber number, QueriedJob& read) {
  if (!EnumFromStored(row.Int(), read.job.state)) {
    return absl::DataLossError(absl::StrCat("job ", number, " is neither live nor has an outcome"));
  }
  read.job.class_name = row.Text();
  read.job.create_time = row.Time();
  LULL_ASSIGN_OR_RETURN(read.labels, UnpackLabels(row.Blob()));
  read.job.labels = &read.labels;
  return absl::OkStatus();
}

}  // namespace

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
      {&open->read_event_range, sql::kReadEventRange},
      {&open->read_identity, sql::kReadIdentity},
      {&open->query_jobs, sql::kQueryJobs},
      {&open->read_usage, sql::kReadUsage},
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

absl::StatusOr<JobReader::EventRange> SqliteJobReader::ReadEventRange() {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = open->read_event_range;
  ResetAtEnd reset(row);
  LULL_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return absl::DataLossError("the table meta is empty: the database file is damaged");
  const EventNumber oldest = row.Int();  // 0: no event is kept
  const EventNumber after_newest = row.Int();
  const EventNumber noted = row.Int();
  EventRange range;
  range.next = std::max(after_newest, noted);
  range.oldest = oldest == 0 ? range.next : oldest;
  return range;
}

absl::StatusOr<std::vector<JobReader::Identity>> SqliteJobReader::ReadIdentities(
    absl::Span<const JobNumber> jobs) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  std::vector<Identity> identities;
  identities.reserve(jobs.size());
  for (const JobNumber job : jobs) {
    Statement& row = open->read_identity.Int(job);
    ResetAtEnd reset(row);
    LULL_ASSIGN_OR_RETURN(const bool found, row.Step());
    if (!found) continue;
    Identity& identity = identities.emplace_back();
    identity.number = job;
    LULL_ASSIGN_OR_RETURN(identity.id, ReadJobId(row));
    identity.tenant = std::string(row.Text());
    LULL_ASSIGN_OR_RETURN(identity.labels, UnpackLabels(row.Blob()));
  }
  return identities;
}

absl::StatusOr<JobReader::Page> SqliteJobReader::QueryJobs(const Query& query) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  const size_t max_jobs = static_cast<size_t>(std::max(query.max_jobs, 1));
  const int64_t max_looked_at = std::max(query.max_looked_at, 1);
  // One row more tells whether there is another page.
  Statement& row = open->query_jobs.Int(query.before).Int(max_looked_at + 1);
  ResetAtEnd reset(row);
  Page page;
  JobNumber last = 0;
  for (int64_t looked_at = 0;; ++looked_at) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) return page;
    if (looked_at == max_looked_at || page.jobs.size() == max_jobs) {
      page.next = last;
      return page;
    }
    last = row.Int();
    if (row.Text() != query.tenant) continue;
    QueriedJob queried;
    LULL_RETURN_IF_ERROR(ReadQueriedJob(row, last, queried));
    if (query.filter.Matches(queried.job)) page.jobs.push_back(last);
  }
}

absl::StatusOr<std::vector<UsageAdded>> SqliteJobReader::ReadUsage(const UsageQuery& query) {
  ReadGate::Inside inside(*gate_);
  LULL_ASSIGN_OR_RETURN(Open * open, EnsureOpen());
  Statement& row = open->read_usage;
  ResetAtEnd reset(row);
  if (query.after.has_value()) {
    row.Int(std::max(query.first_day, query.after->day))
        .Int(query.last_day)
        .Int(query.after->day)
        .Text(query.after->tenant)
        .Text(query.after->class_name)
        .Text(query.after->upstream)
        .Text(query.after->model);
  } else {
    row.Int(query.first_day).Int(query.last_day).Null().Null().Null().Null().Null();
  }
  row.Text(query.tenant).Text(query.class_name).Int(std::max(query.max, 0));
  std::vector<UsageAdded> usage;
  while (true) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) return usage;
    usage.push_back(lull::ReadUsage(row));
  }
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
    lines.push_back(line);
  }
}

}  // namespace lull
