#include "tests/integration/store_dump.h"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "storage/open_job_store.h"
#include "tests/testing/process.h"

namespace lull {
namespace {

constexpr int kPage = 1000;

absl::StatusOr<StoredJob> ReadJob(JobReader& reader, const JobReader::JobLine& line) {
  StoredJob job;
  job.state = line.state;
  LULL_ASSIGN_OR_RETURN(const auto spec, reader.ReadSpec(line.number, /*bodies=*/true));
  job.spec = *spec;
  if (IsTerminal(line.state)) {
    LULL_ASSIGN_OR_RETURN(job.ended, reader.ReadEnded(line.number, /*bodies=*/true));
  }
  return job;
}

absl::Status ReadJobs(JobReader& reader, JobNumber next_job, std::vector<StoredJob>* jobs) {
  for (JobNumber first = 1; first < next_job; first += kPage) {
    LULL_ASSIGN_OR_RETURN(const auto lines, reader.ListJobs(first, first + kPage - 1, kPage));
    for (const JobReader::JobLine& line : lines) {
      LULL_ASSIGN_OR_RETURN(StoredJob job, ReadJob(reader, line));
      jobs->push_back(std::move(job));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadEvents(JobReader& reader, std::vector<JobReader::NumberedEvent>* events) {
  for (EventNumber from = 1;;) {
    LULL_ASSIGN_OR_RETURN(auto page, reader.ReadEvents(from, kPage));
    if (page.empty()) return absl::OkStatus();
    from = page.back().number + 1;
    for (JobReader::NumberedEvent& event : page) events->push_back(std::move(event));
  }
}

}  // namespace

absl::StatusOr<StoreDump> DumpStore(const std::string& data_dir) {
  StoreOptions options;
  options.data_dir = data_dir;
  LULL_ASSIGN_OR_RETURN(const std::unique_ptr<JobStore> store, OpenJobStore(options));
  LULL_ASSIGN_OR_RETURN(const JobStore::Recovered recovered,
                        store->Recover(SystemClock().WallNow()));
  LULL_ASSIGN_OR_RETURN(const std::unique_ptr<JobReader> reader, store->OpenReader());
  StoreDump dump;
  LULL_RETURN_IF_ERROR(ReadJobs(*reader, recovered.next_job, &dump.jobs));
  LULL_RETURN_IF_ERROR(ReadEvents(*reader, &dump.events));
  return dump;
}

std::string CopyData(const std::string& data_dir) {
  const std::string copy = NewTestFolder("copy");
  std::filesystem::copy(data_dir, copy, std::filesystem::copy_options::recursive);
  return copy;
}

std::string CheckIntegrity(const std::string& copy) {
  const std::string path = copy + "/lull.db";
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
  if (opened != SQLITE_OK) return sqlite3_errmsg(database.get());
  std::string result;
  const auto add_row = [](void* out, int, char** values, char**) {
    absl::StrAppend(static_cast<std::string*>(out), values[0], ";");
    return 0;
  };
  if (sqlite3_exec(database.get(), "PRAGMA integrity_check", add_row, &result, nullptr) !=
      SQLITE_OK) {
    return sqlite3_errmsg(database.get());
  }
  std::filesystem::remove_all(copy);
  return result == "ok;" ? "ok" : result;
}

}  // namespace lull
