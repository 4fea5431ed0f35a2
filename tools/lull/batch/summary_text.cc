#include "tools/lull/batch/summary_text.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/lull/table.h"

namespace lull {
namespace {

std::string SecondsText(absl::Duration duration) {
  return absl::StrFormat("%.1f s", absl::ToDoubleSeconds(duration));
}

}  // namespace

std::string SummaryText(const RunSummary& summary, const RunPaths& paths,
                        const Terminal& terminal) {
  const bool all = summary.failed.empty();
  Table table;
  table.AddRow({"Answered", terminal.Paint(all ? Color::kGreen : Color::kYellow,
                                           absl::StrCat(summary.answered, " of ", summary.total))});
  if (!all) {
    table.AddRow({"Not answered",
                  terminal.Paint(Color::kRed,
                                 absl::StrJoin(summary.failed, ", ", absl::PairFormatter(" ")))});
  }
  table.AddRow({"Calls", absl::StrCat(summary.attempts, " attempts, ", summary.refusals,
                                      " of them refused by the busy upstream")});
  table.AddRow({"Absorbed", absl::StrCat(summary.refusals_absorbed,
                                         " refusals, of requests that were answered after all")});
  table.AddRow({"Time to answer", absl::StrCat("p50 ", SecondsText(summary.time_p50), ", p95 ",
                                               SecondsText(summary.time_p95))});
  table.AddRow({"Took", SecondsText(summary.elapsed)});
  table.AddRow({"Answers", paths.output});
  if (!all) table.AddRow({"Errors", paths.errors});
  return table.ToString();
}

std::string SummaryJson(const RunSummary& summary, const RunPaths& paths) {
  nlohmann::ordered_json json = {
      {"total", summary.total},
      {"answered", summary.answered},
      {"failed", summary.failed},
      {"attempts", summary.attempts},
      {"refusals", summary.refusals},
      {"refusals_absorbed", summary.refusals_absorbed},
      {"time_p50_seconds", absl::ToDoubleSeconds(summary.time_p50)},
      {"time_p95_seconds", absl::ToDoubleSeconds(summary.time_p95)},
      {"elapsed_seconds", absl::ToDoubleSeconds(summary.elapsed)},
      {"output", paths.output},
      {"errors", nullptr},
  };
  if (!summary.failed.empty()) json["errors"] = paths.errors;
  return json.dump() + "\n";
}

}  // namespace lull
