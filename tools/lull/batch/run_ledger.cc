#include "tools/lull/batch/run_ledger.h"

#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace lull {
namespace {

// The largest answer is 24 MiB; a little is added around it.
constexpr int64_t kAnswerLineBytesMax = 32 * 1024 * 1024;

bool HasContent(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

}  // namespace

absl::StatusOr<RunLedger> RunLedger::Open(const RunPaths& paths, const std::string& options) {
  LULL_ASSIGN_OR_RETURN(BatchInput input, BatchInput::Open(paths.input));
  for (const std::string& path : {paths.output, paths.errors}) {
    if (HasContent(path) && !HasContent(paths.Journal())) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, " is there already, without the journal of a run (", paths.Journal(),
                       "); choose another output file, or move it away"));
    }
  }
  const RunIdentity identity = {input.sha256(), input.size(), options};
  LULL_ASSIGN_OR_RETURN(RunJournal journal, RunJournal::Open(paths.Journal(), identity));
  RunLedger ledger(std::move(input), std::move(journal));
  LULL_RETURN_IF_ERROR(ledger.OpenAnswers(paths));
  for (const EntryEnd& end : ledger.journal_.ends()) {
    if (ledger.done_[end.entry]) ledger.tally_.Add(end);
  }
  return ledger;
}

absl::Status RunLedger::OpenAnswers(const RunPaths& paths) {
  const auto answered = [this](int64_t, absl::string_view line) {
    return MarkWritten(line, &answered_);
  };
  LULL_ASSIGN_OR_RETURN(answers_, AppendFile::Open(paths.output, kAnswerLineBytesMax, answered));
  errors_path_ = paths.errors;
  if (!HasContent(paths.errors)) return absl::OkStatus();
  const auto failed = [this](int64_t, absl::string_view line) {
    return MarkWritten(line, &failed_);
  };
  LULL_ASSIGN_OR_RETURN(errors_, AppendFile::Open(paths.errors, kAnswerLineBytesMax, failed));
  return absl::OkStatus();
}

absl::Status RunLedger::MarkWritten(absl::string_view line, size_t* count) {
  const absl::StatusOr<std::string> custom_id = parser_.ParseCustomId(line);
  if (!custom_id.ok()) return absl::DataLossError(custom_id.status().message());
  const std::optional<size_t> entry = input_.Find(*custom_id);
  if (!entry.has_value()) {
    return absl::DataLossError(
        absl::StrCat("custom_id \"", *custom_id, "\" is none of the input's"));
  }
  if (done_[*entry]) {
    return absl::DataLossError(absl::StrCat("custom_id \"", *custom_id, "\" has a line already"));
  }
  done_[*entry] = true;
  ++*count;
  return absl::OkStatus();
}

std::vector<std::pair<size_t, std::string>> RunLedger::LiveJobs() const {
  std::vector<std::pair<size_t, std::string>> jobs;
  for (const auto& [entry, job] : journal_.accepted()) {
    if (!done_[entry]) jobs.emplace_back(entry, job);
  }
  std::sort(jobs.begin(), jobs.end());
  return jobs;
}

absl::Status RunLedger::RecordAccepted(const std::vector<std::pair<size_t, std::string>>& jobs) {
  return journal_.RecordAccepted(jobs);
}

absl::Status RunLedger::RecordResults(const std::vector<EntryResult>& results) {
  std::string answers;
  std::string errors;
  std::vector<EntryEnd> ends;
  for (const EntryResult& result : results) {
    if (done_[result.end.entry]) continue;
    done_[result.end.entry] = true;
    ++(result.line.is_error ? failed_ : answered_);
    (result.line.is_error ? errors : answers).append(result.line.text);
    ends.push_back(result.end);
    tally_.Add(result.end);
  }
  if (!errors.empty() && !errors_.has_value()) {
    const auto none = [](int64_t, absl::string_view) { return absl::OkStatus(); };
    LULL_ASSIGN_OR_RETURN(errors_, AppendFile::Open(errors_path_, kAnswerLineBytesMax, none));
  }
  if (!answers.empty()) LULL_RETURN_IF_ERROR(answers_->Append(answers));
  if (!errors.empty()) LULL_RETURN_IF_ERROR(errors_->Append(errors));
  return journal_.RecordEnds(ends);
}

absl::Status RunLedger::Sync() {
  LULL_RETURN_IF_ERROR(answers_->Sync());
  if (errors_.has_value()) LULL_RETURN_IF_ERROR(errors_->Sync());
  return absl::OkStatus();
}

}  // namespace lull
