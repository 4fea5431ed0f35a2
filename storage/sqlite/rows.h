// Between the structs of record.h and rows. Binding and reading stand next to each other, in the
// order of sql.h.
//
// Reading fails with DATA_LOSS if a column holds what was never written.
#ifndef LULL_STORAGE_SQLITE_ROWS_H_
#define LULL_STORAGE_SQLITE_ROWS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/record.h"
#include "storage/sqlite/body_codec.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/statement.h"

namespace lull {

// Holds the packed lists of a row while it is bound; one is used again and again.
struct RowBuffers {
  std::string tags;
  std::string labels;
  AttemptPacker attempts;
};

absl::string_view BytesOf(const JobId& id);

// sql::kAddJob; sql::kReadJob, and with `body` sql::kReadJobWithBody.
void BindJob(const JobSpec& spec, RowBuffers& buffers, Statement& statement);
absl::StatusOr<JobSpec> ReadJob(Statement& row, bool body);

// sql::kAddLive and sql::kChangeLive; sql::kLoadLive.
void BindLive(const LiveState& live, RowBuffers& buffers, Statement& statement);
absl::Status ReadLive(Statement& row, LiveState& live);

// sql::kAddResult; sql::kReadResult, and with `body` sql::kReadResultWithBody. `response` may be
// null.
void BindResult(const JobEnded& ended, const PackedBody* response, RowBuffers& buffers,
                Statement& statement);
absl::StatusOr<JobEnded> ReadResult(Statement& row, bool body);

// sql::kAddUsage; sql::kReadUsage.
void BindUsage(const UsageAdded& usage, Statement& statement);
UsageAdded ReadUsage(Statement& row);

// The id of sql::kListJobs and sql::kReadIdentity.
absl::StatusOr<JobId> ReadJobId(Statement& row);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_ROWS_H_
