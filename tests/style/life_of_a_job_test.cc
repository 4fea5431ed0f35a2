// docs/architecture.md tells where each step of a job's life is; this is what keeps it true.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tests/style/source_tree.h"

namespace lull {
namespace {

struct Step {
  std::string name;
  std::string file;
  std::string symbol;
};

// A cell of the table in back quotes.
std::string Quoted(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  EXPECT_TRUE(absl::ConsumePrefix(&cell, "`") && absl::ConsumeSuffix(&cell, "`")) << cell;
  return std::string(cell);
}

std::vector<Step> StepsOf(const std::vector<std::string>& lines) {
  std::vector<Step> steps;
  auto line = std::find(lines.begin(), lines.end(), "| step | file | symbol |");
  if (line == lines.end()) return steps;
  for (line += 2; line != lines.end() && absl::StartsWith(*line, "|"); ++line) {
    const std::vector<absl::string_view> cells = absl::StrSplit(*line, '|');
    EXPECT_EQ(cells.size(), 5u) << *line;
    if (cells.size() != 5) continue;
    steps.push_back(
        {std::string(absl::StripAsciiWhitespace(cells[1])), Quoted(cells[2]), Quoted(cells[3])});
  }
  return steps;
}

TEST(LifeOfAJobTest, EveryStepIsWhereTheDocumentSays) {
  const std::vector<Step> steps = StepsOf(ReadLines("docs/architecture.md"));
  EXPECT_GE(steps.size(), 20u) << "the table of steps is missing or was cut";
  const std::vector<SourceFile> sources = ReadSources();
  for (const Step& step : steps) {
    const auto source = std::find_if(sources.begin(), sources.end(), [&](const SourceFile& file) {
      return file.path == step.file;
    });
    if (source == sources.end()) {
      ADD_FAILURE() << step.name << ": there is no file " << step.file;
      continue;
    }
    const std::vector<std::string> code = CodeOf(source->lines);
    EXPECT_TRUE(
        std::any_of(code.begin(), code.end(),
                    [&](const std::string& line) { return absl::StrContains(line, step.symbol); }))
        << step.name << ": " << step.file << " has no " << step.symbol;
  }
}

}  // namespace
}  // namespace lull
