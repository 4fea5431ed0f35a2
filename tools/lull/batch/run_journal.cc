#include "tools/lull/batch/run_journal.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/lull/random_id.h"

namespace lull {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr int64_t kJournalLineBytesMax = 64 * 1024;

// The header's run id, if the header is of the same run.
absl::StatusOr<std::string> RunIdOf(const Json& header, const RunIdentity& identity) {
  if (header.value("input_sha256", "") != identity.input_sha256 ||
      header.value("entries", size_t{0}) != identity.entries) {
    return absl::FailedPreconditionError(
        "it belongs to a run of another input, or the input was changed since; choose another "
        "output file, or put the input back as it was");
  }
  if (const std::string options = header.value("options", ""); options != identity.options) {
    return absl::FailedPreconditionError(
        absl::StrCat("the run was begun with other options (", options, ", now ", identity.options,
                     "); repeat them, or choose another output file"));
  }
  return header.value("run_id", "");
}

}  // namespace

absl::StatusOr<RunJournal> RunJournal::Open(const std::string& path, const RunIdentity& identity) {
  RunJournal journal;
  const auto load = [&](int64_t number, absl::string_view line) {
    return journal.Load(number, std::string(line), identity);
  };
  LULL_ASSIGN_OR_RETURN(journal.file_, AppendFile::Open(path, kJournalLineBytesMax, load));
  if (journal.run_id_.empty()) LULL_RETURN_IF_ERROR(journal.Begin(identity));
  return journal;
}

absl::Status RunJournal::Load(int64_t number, const std::string& line,
                              const RunIdentity& identity) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::DataLossError("not a JSON object");
  try {
    if (number == 1) {
      if (json.value("format", 0) != kFormat) {
        return absl::DataLossError("it is not the journal of a batch run");
      }
      const absl::StatusOr<std::string> run_id = RunIdOf(json, identity);
      mismatch_ = run_id.status();
      if (run_id.ok()) run_id_ = *run_id;
      return absl::OkStatus();
    }
    LULL_RETURN_IF_ERROR(mismatch_);
    const size_t entry = json.at("entry");
    if (entry >= identity.entries) return absl::DataLossError("no such entry in the input");
    resumed_ = true;
    if (json.contains("job")) {
      accepted_[entry] = json.at("job");
    } else {
      ends_.push_back(
          {entry, json.at("state"), json.at("attempts"), json.at("refusals"), json.at("seconds")});
      accepted_.erase(entry);
    }
  } catch (const Json::exception& exception) {
    return absl::DataLossError(exception.what());
  }
  return absl::OkStatus();
}

absl::Status RunJournal::Begin(const RunIdentity& identity) {
  run_id_ = RandomId();
  const Json header = {{"format", kFormat},
                       {"run_id", run_id_},
                       {"input_sha256", identity.input_sha256},
                       {"entries", identity.entries},
                       {"options", identity.options}};
  LULL_RETURN_IF_ERROR(file_->Clear());
  LULL_RETURN_IF_ERROR(file_->Append(header.dump() + "\n"));
  return file_->Sync();
}

absl::Status RunJournal::RecordAccepted(const std::vector<std::pair<size_t, std::string>>& jobs) {
  std::string lines;
  for (const auto& [entry, job] : jobs) {
    absl::StrAppend(&lines, Json{{"entry", entry}, {"job", job}}.dump(), "\n");
  }
  return file_->Append(lines);
}

absl::Status RunJournal::RecordEnds(const std::vector<EntryEnd>& ends) {
  std::string lines;
  for (const EntryEnd& end : ends) {
    const Json json = {{"entry", end.entry},
                       {"state", end.state},
                       {"attempts", end.attempts},
                       {"refusals", end.refusals},
                       {"seconds", end.seconds}};
    absl::StrAppend(&lines, json.dump(), "\n");
  }
  return file_->Append(lines);
}

}  // namespace lull
