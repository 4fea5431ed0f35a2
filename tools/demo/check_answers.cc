// Checks the output of a batch run against its input: every request answered exactly once and, if
// busy_api answered, each answer made for its own request.
#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/lull/batch/batch_input.h"
#include "tools/lull/batch/file_descriptor.h"
#include "tools/lull/batch/line_reader.h"
#include "tools/lull/batch/sha256.h"

namespace lull {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLineBytesMax = 32 * 1024 * 1024;
constexpr size_t kFaultsShownMax = 10;

struct Options {
  std::string input;
  std::string output;
  bool hashes = false;
};

class Checker {
 public:
  Checker(BatchInput input, bool hashes)
      : input_(std::move(input)), hashes_(hashes), seen_(input_.size(), 0) {}

  void CheckLine(const Line& line) {
    const Json json = Json::parse(line.text.begin(), line.text.end(), nullptr, false);
    if (!line.complete || !json.is_object() || !json.contains("custom_id") ||
        !json["custom_id"].is_string()) {
      return Fault(absl::StrCat("line ", line.number, " is not an answer"));
    }
    const std::string id = json["custom_id"].get<std::string>();
    const std::optional<size_t> entry = input_.Find(id);
    if (!entry.has_value()) return Fault(absl::StrCat(id, " was never asked"));
    if (++seen_[*entry] > 1) return Fault(absl::StrCat(id, " is answered more than once"));
    if (json.value("/response/status_code"_json_pointer, 0) != 200) {
      return Fault(absl::StrCat(id, " has no answer with status 200"));
    }
    if (hashes_ && !AnswerIsFor(*entry, json)) {
      Fault(absl::StrCat(id, " has the answer of another request"));
    }
  }

  // The number of faults.
  size_t Finish() {
    for (size_t entry = 0; entry < seen_.size(); ++entry) {
      if (seen_[entry] == 0) {
        Fault(absl::StrCat("line ", input_.line_number(entry), " of the input is not answered"));
      }
    }
    return faults_;
  }

  size_t size() const { return seen_.size(); }

 private:
  using JsonPointer = Json::json_pointer;

  // busy_api begins each answer with the SHA-256 of the messages it was asked with.
  bool AnswerIsFor(size_t entry, const Json& answer) {
    const absl::StatusOr<BatchLine> line = input_.Read(entry);
    if (!line.ok()) return false;
    const Json body = Json::parse(line->body, nullptr, false);
    const JsonPointer content("/response/body/choices/0/message/content");
    if (!body.contains("messages") || !answer.contains(content)) return false;
    const Json& text = answer.at(content);
    return text.is_string() &&
           absl::StartsWith(text.get<std::string>(), HexOf(Sha256Of(body["messages"].dump())));
  }

  void Fault(const std::string& what) {
    if (++faults_ <= kFaultsShownMax) std::fprintf(stderr, "check_answers: %s\n", what.c_str());
  }

  BatchInput input_;
  const bool hashes_;
  // How many lines each entry has.
  std::vector<int> seen_;
  size_t faults_ = 0;
};

absl::StatusOr<size_t> Check(const Options& options) {
  LULL_ASSIGN_OR_RETURN(BatchInput input, BatchInput::Open(options.input));
  const FileDescriptor output(open(options.output.c_str(), O_RDONLY | O_CLOEXEC));
  if (output.get() < 0) return absl::NotFoundError(absl::StrCat("cannot open ", options.output));
  Checker checker(std::move(input), options.hashes);
  LineReader reader(output.get(), kLineBytesMax);
  for (Line line;;) {
    LULL_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) break;
    checker.CheckLine(line);
  }
  const size_t faults = checker.Finish();
  if (faults == 0) {
    std::printf("%zu requests, each answered exactly once%s\n", checker.size(),
                options.hashes ? ", each with the hash of its own messages" : "");
  }
  return faults;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  lull::Options options;
  CLI::App app("Checks the output of a batch run against its input.", "check_answers");
  app.add_option("IN", options.input, "The requests")->required();
  app.add_option("OUT", options.output, "The answers")->required();
  app.add_flag("--hashes", options.hashes,
               "Each answer has to begin with the hash of its messages, as busy_api's do");
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<size_t> faults = lull::Check(options);
  if (!faults.ok()) {
    std::fprintf(stderr, "check_answers: %s\n", std::string(faults.status().message()).c_str());
    return 1;
  }
  if (*faults > 0) std::fprintf(stderr, "check_answers: %zu faults\n", *faults);
  return *faults == 0 ? 0 : 1;
}
