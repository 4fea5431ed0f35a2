#include "tools/lull/admin/overview_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tools/lull/admin/overview_tables.h"
#include "tools/lull/byte_text.h"
#include "tools/lull/terminal.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

std::string Painted(const TableStyle& style, Color color, absl::string_view text) {
  return style.terminal == nullptr ? std::string(text) : style.terminal->Paint(color, text);
}

std::string Header(const v1::Overview& overview, const TableStyle& style) {
  const absl::Time now = ToTime(overview.time());
  std::string text = absl::StrCat(
      Painted(style, Color::kBold,
              absl::StrCat("Lull ", Printable(overview.version(), LineBreaks::kEscape))),
      "  up ", AgeText(now - ToTime(overview.server_start_time())), "  ",
      absl::FormatTime("%H:%M:%S", now, absl::LocalTimeZone()), "\n",
      Painted(style, Color::kBold,
              absl::StrCat(overview.counts().pending(), " pending, ", overview.counts().running(),
                           " running")),
      "  ", ByteText(overview.queued_bytes()), " of requests queued\n");
  if (!overview.refusing_submits().empty()) {
    absl::StrAppend(
        &text,
        Painted(style, Color::kRed,
                absl::StrCat("REFUSING SUBMITS: ",
                             Printable(overview.refusing_submits(), LineBreaks::kEscape))),
        "\n");
  }
  return text;
}

std::string CutToRows(const std::string& text, int rows) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  // The text ends in a line break.
  if (rows <= 0 || static_cast<int>(lines.size()) - 1 <= rows) return text;
  std::string cut;
  for (int i = 0; i + 1 < rows; ++i) absl::StrAppend(&cut, lines[i], "\n");
  return absl::StrCat(cut, "… ", lines.size() - rows, " more lines\n");
}

}  // namespace

std::string OverviewText(const v1::Overview& overview, const TableStyle& style, int rows) {
  const absl::Time now = ToTime(overview.time());
  std::string text = Header(overview, style);
  absl::StrAppend(&text, "\n", ClassTable(overview.classes(), now).ToString(style));
  absl::StrAppend(&text, "\n", UpstreamTable(overview.upstreams(), now).ToString(style));
  if (overview.lanes_size() > 0) {
    absl::StrAppend(&text, "\n", LaneTable(overview.lanes(), now).ToString(style));
    if (overview.lane_count() > overview.lanes_size()) {
      absl::StrAppend(&text, "and ", overview.lane_count() - overview.lanes_size(),
                      " more kinds of waiting jobs\n");
    }
  }
  absl::StrAppend(&text, "\n");
  if (overview.workers().empty()) {
    absl::StrAppend(
        &text, Painted(style, Color::kRed, "There is no worker: nothing can be called."), "\n");
  } else {
    absl::StrAppend(&text, WorkerTable(overview.workers(), now).ToString(style));
  }
  return CutToRows(text, rows);
}

}  // namespace lull
