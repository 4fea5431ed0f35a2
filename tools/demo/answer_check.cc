// Checks an answer file against its requests: every request answered exactly once, by an answer to
// that very request.
//
// busy_api begins each answer with a hash of the request's messages; here it is computed again from
// the request.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/lull/batch/batch_input.h"
#include "tools/lull/batch/sha256.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr int kShownFaults = 10;

struct Check {
  int64_t requests = 0;
  int64_t answered = 0;  // requests with exactly one answer
  int64_t faults = 0;

  void Fault(const std::string& what) {
    if (++faults <= kShownFaults) std::cerr << "answer_check: " << what << "\n";
  }
};

// By custom_id: the contents that answer it.
using Answers = std::map<std::string, std::vector<std::string>>;

absl::StatusOr<Answers> ReadAnswers(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  Answers answers;
  int64_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const json answer = json::parse(line, nullptr, /*allow_exceptions=*/false);
    const json::json_pointer content("/response/body/choices/0/message/content");
    if (answer.is_discarded() || !answer.contains("custom_id") || !answer.contains(content)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": is not an answer"));
    }
    answers[answer["custom_id"].get<std::string>()].push_back(answer[content].get<std::string>());
  }
  return answers;
}

absl::StatusOr<Check> CheckAnswers(BatchInput requests, Answers answers, bool hashes) {
  Check check;
  check.requests = static_cast<int64_t>(requests.size());
  for (size_t entry = 0; entry < requests.size(); ++entry) {
    LULL_ASSIGN_OR_RETURN(const BatchLine request, requests.Read(entry));
    const auto found = answers.find(request.custom_id);
    const size_t count = found == answers.end() ? 0 : found->second.size();
    if (count != 1) {
      check.Fault(absl::StrCat(request.custom_id, " was answered ", count, " times"));
      continue;
    }
    ++check.answered;
    const std::string hash = HexOf(Sha256Of(json::parse(request.body)["messages"].dump()));
    if (hashes && !absl::StartsWith(found->second[0], hash)) {
      check.Fault(absl::StrCat(request.custom_id, " has the answer to another request"));
    }
    answers.erase(found);
  }
  for (const auto& [custom_id, contents] : answers) {
    if (contents.size() == 1) check.Fault(absl::StrCat(custom_id, " was never asked"));
  }
  return check;
}

absl::StatusOr<Check> CheckFiles(const std::string& requests_path, const std::string& answers_path,
                                 bool hashes) {
  LULL_ASSIGN_OR_RETURN(BatchInput requests, BatchInput::Open(requests_path));
  LULL_ASSIGN_OR_RETURN(Answers answers, ReadAnswers(answers_path));
  return CheckAnswers(std::move(requests), std::move(answers), hashes);
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  CLI::App app{
      "Checks that each request of a batch file was answered exactly once. Exits with 1 if not."};
  std::string requests;
  std::string answers;
  bool hashes = false;
  app.add_option("REQUESTS", requests, "The batch file")->required();
  app.add_option("ANSWERS", answers, "The answer file")->required();
  app.add_flag("--hashes", hashes,
               "Also that each answer begins with the hash of its request (busy_api's do)");
  CLI11_PARSE(app, argc, argv);

  const absl::StatusOr<lull::Check> check = lull::CheckFiles(requests, answers, hashes);
  if (!check.ok()) {
    std::cerr << "answer_check: " << check.status().message() << "\n";
    return 2;
  }
  std::cout << check->answered << " of " << check->requests << " requests answered exactly once";
  if (hashes) std::cout << ", each by the answer to that request";
  std::cout << (check->faults == 0 ? "" : absl::StrCat("; ", check->faults, " FAULTS")) << "\n";
  return check->faults == 0 ? 0 : 1;
}
