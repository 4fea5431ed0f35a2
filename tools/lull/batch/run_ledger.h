// Which entries of a batch run are done, and the files that say so.
#ifndef LULL_TOOLS_LULL_BATCH_RUN_LEDGER_H_
#define LULL_TOOLS_LULL_BATCH_RUN_LEDGER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/lull/batch/answer_line.h"
#include "tools/lull/batch/append_file.h"
#include "tools/lull/batch/batch_input.h"
#include "tools/lull/batch/run_journal.h"
#include "tools/lull/batch/run_numbers.h"

namespace lull {

struct RunPaths {
  std::string input;
  std::string output;
  std::string errors;

  // Where the journal of the run is.
  std::string Journal() const { return output + ".lull-run"; }
};

// An entry's last line and what is remembered of its end.
struct EntryResult {
  AnswerLine line;
  EntryEnd end;
};

// Owns a run's input, journal, answer file and error file. The answer file and the error file
// decide what is done: an entry is done when one of them has its line, and gets no second line. The
// journal only keeps jobs from being submitted or counted anew. Not thread-safe.
class RunLedger {
 public:
  // Opens or resumes the run. NOT_FOUND, INVALID_ARGUMENT: as BatchInput::Open.
  // FAILED_PRECONDITION: the output file is there but is not this run's. UNAVAILABLE: another
  // process works on it. DATA_LOSS: a file cannot be read or written, or holds what no run writes.
  static absl::StatusOr<RunLedger> Open(const RunPaths& paths, const std::string& options);

  BatchInput& input() { return input_; }
  const RunJournal& journal() const { return journal_; }

  size_t size() const { return done_.size(); }
  size_t answered() const { return answered_; }
  size_t failed() const { return failed_; }
  // What came of the entries that are done, also in earlier runs.
  const EndTally& tally() const { return tally_; }
  bool complete() const { return answered_ + failed_ == done_.size(); }
  bool done(size_t entry) const { return done_[entry]; }

  // The jobs of a resumed run whose entries are not done.
  std::vector<std::pair<size_t, std::string>> LiveJobs() const;

  absl::Status RecordAccepted(const std::vector<std::pair<size_t, std::string>>& jobs);

  // Writes the lines, then remembers the ends. Entries that are done already are passed over.
  absl::Status RecordResults(const std::vector<EntryResult>& results);

  // Returns when everything written is on disk.
  absl::Status Sync();

 private:
  RunLedger(BatchInput input, RunJournal journal)
      : input_(std::move(input)), journal_(std::move(journal)), done_(input_.size(), false) {}
  absl::Status OpenAnswers(const RunPaths& paths);
  absl::Status MarkWritten(absl::string_view line, size_t* count);

  BatchInput input_;
  RunJournal journal_;
  std::optional<AppendFile> answers_;
  // Opened with the first error; absent: none so far.
  std::optional<AppendFile> errors_;
  std::string errors_path_;
  std::vector<bool> done_;
  size_t answered_ = 0;
  size_t failed_ = 0;
  EndTally tally_;
  BatchLineParser parser_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_RUN_LEDGER_H_
