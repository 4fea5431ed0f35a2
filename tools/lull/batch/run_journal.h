// What a batch run has to remember so that it can be resumed: a file of JSON lines beside the
// output file.
//
//   {"format":1,"run_id":"0198…","input_sha256":"…","entries":500,"options":"…"}   first line
//   {"entry":17,"job":"01981c0e-…"}                        the entry was accepted as this job
//   {"entry":17,"state":"SUCCEEDED","attempts":3,"refusals":2,"seconds":12.3}   its end is written
#ifndef LULL_TOOLS_LULL_BATCH_RUN_JOURNAL_H_
#define LULL_TOOLS_LULL_BATCH_RUN_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/lull/batch/append_file.h"

namespace lull {

// What makes two runs the same run.
struct RunIdentity {
  std::string input_sha256;
  size_t entries = 0;
  // Everything else that goes into the jobs, as one line of text.
  std::string options;
};

// How an entry's job ended.
struct EntryEnd {
  size_t entry = 0;
  // The name of the state without its prefix: "SUCCEEDED", "FAILED", "CANCELLED" or "EXPIRED"; or
  // "REFUSED" when the server took no job for the entry.
  std::string state;
  // Calls of the upstream.
  int64_t attempts = 0;
  // Those of them that the upstream refused because it was busy.
  int64_t refusals = 0;
  // From the creation of the job to its end.
  double seconds = 0;
};

// Not thread-safe; one process at a time can have it open.
class RunJournal {
 public:
  // Opens or begins the journal at `path`. The journal of a run of something else in which no entry
  // was accepted is begun anew. UNAVAILABLE: another process has it open. FAILED_PRECONDITION: it
  // is of a run of something else. DATA_LOSS: it cannot be read or written.
  static absl::StatusOr<RunJournal> Open(const std::string& path, const RunIdentity& identity);

  // Made when the run began; 32 hexadecimal digits.
  const std::string& run_id() const { return run_id_; }
  // Whether entries were accepted or ended before it was opened.
  bool resumed() const { return resumed_; }

  // Entries that were accepted and whose end is not recorded, with their job ids.
  const absl::flat_hash_map<size_t, std::string>& accepted() const { return accepted_; }
  // The ends on record when the journal was opened.
  const std::vector<EntryEnd>& ends() const { return ends_; }

  // Entries with the ids of their jobs.
  absl::Status RecordAccepted(const std::vector<std::pair<size_t, std::string>>& jobs);
  absl::Status RecordEnds(const std::vector<EntryEnd>& ends);

 private:
  RunJournal() = default;
  absl::Status Load(int64_t number, const std::string& line, const RunIdentity& identity);
  absl::Status Begin(const RunIdentity& identity);

  std::optional<AppendFile> file_;
  std::string run_id_;
  bool resumed_ = false;
  absl::flat_hash_map<size_t, std::string> accepted_;
  std::vector<EntryEnd> ends_;
  // Why the first line is not of this run.
  absl::Status mismatch_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_RUN_JOURNAL_H_
