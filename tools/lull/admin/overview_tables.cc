#include "tools/lull/admin/overview_tables.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/lull/jobs/pending_text.h"
#include "tools/lull/names.h"
#include "tools/lull/terminal.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

constexpr int kGaugeCells = 8;
// Shares of an upstream's calls from which on they are shown in colour.
constexpr double kBusyShareHigh = 0.2;
constexpr double kFailureShareHigh = 0.05;

std::string Safe(absl::string_view text) { return Printable(text, LineBreaks::kEscape); }

std::string OrDash(absl::string_view text) { return text.empty() ? "-" : Safe(text); }

std::string Listed(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return OrDash(absl::StrJoin(texts, ","));
}

// "████░░░░", how full something is.
std::string Gauge(double used, double limit) {
  const double share = limit > 0 ? used / limit : 0;
  const int full = std::clamp(static_cast<int>(std::ceil(share * kGaugeCells)), 0, kGaugeCells);
  std::string gauge;
  for (int i = 0; i < kGaugeCells; ++i) absl::StrAppend(&gauge, i < full ? "█" : "░");
  return gauge;
}

// "12 of 60 in 1m"; "-" without a limit.
std::string WindowText(const v1::WindowUse& use) {
  if (!use.has_limit()) return "-";
  return absl::StrCat(use.used(), " of ", use.limit(), " in ", AgeText(ToDuration(use.window())));
}

// A table without the columns in which no row says anything.
Table TableOf(const std::vector<std::string>& heading, std::vector<std::vector<Cell>> rows) {
  std::vector<bool> used(heading.size(), false);
  for (const std::vector<Cell>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      used[i] = used[i] || (!row[i].text.empty() && row[i].text != "-");
    }
  }
  Table table;
  std::vector<std::string> words;
  for (size_t i = 0; i < heading.size(); ++i) {
    if (used[i]) words.push_back(heading[i]);
  }
  table.AddHeading(words);
  for (std::vector<Cell>& row : rows) {
    std::vector<Cell> cells;
    for (size_t i = 0; i < row.size(); ++i) {
      if (used[i]) cells.push_back(std::move(row[i]));
    }
    table.AddRow(std::move(cells));
  }
  return table;
}

Cell CountCell(int64_t count) {
  return Cell::Number(count, count == 0 ? Color::kDim : Color::kPlain);
}

Cell ClassState(const v1::ClassStatus& status, absl::Time now) {
  if (status.paused()) {
    std::string text = "PAUSED";
    if (!status.pause_reason().empty()) absl::StrAppend(&text, ": ", Safe(status.pause_reason()));
    if (status.has_resume_time()) {
      absl::StrAppend(&text, ", until ", TimeText(status.resume_time()));
    }
    return Cell(text, Color::kYellow);
  }
  std::string change;
  if (status.has_next_window_change_time()) {
    const absl::Duration ahead = ToTime(status.next_window_change_time()) - now;
    change = absl::StrCat(" for ", AgeText(ahead));
  }
  if (status.held()) return Cell("held for quiet hours" + change, Color::kYellow);
  return Cell(change.empty() ? "open" : "quiet hours" + change, Color::kGreen);
}

Color ColorOfUpstream(v1::UpstreamState state) {
  switch (state) {
    case v1::UPSTREAM_STATE_HEALTHY:
      return Color::kGreen;
    case v1::UPSTREAM_STATE_EJECTED:
    case v1::UPSTREAM_STATE_PARKED:
      return Color::kRed;
    default:
      return Color::kYellow;
  }
}

// "12 %" of the recent calls.
Cell ShareCell(int64_t part, int64_t whole, double high, Color color) {
  if (whole == 0) return Cell::Number("-", Color::kDim);
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return Cell::Number(absl::StrFormat("%.0f %%", 100 * share),
                      share >= high ? color : Color::kPlain);
}

std::string LimitNote(const v1::LearnedLimit& limit, absl::Time now) {
  std::vector<std::string> notes;
  if (limit.has_named_cap()) {
    notes.push_back(absl::StrCat("the upstream names a cap of ", limit.named_cap()));
  }
  if (limit.has_blocked_until_time() && ToTime(limit.blocked_until_time()) > now) {
    notes.push_back(absl::StrCat("asked for ", AgeText(ToTime(limit.blocked_until_time()) - now)));
  }
  return absl::StrJoin(notes, ", ");
}

std::string UpstreamNote(const v1::UpstreamStatus& status, absl::Time now) {
  std::string note = Safe(status.state_detail());
  if (status.has_until_time()) {
    absl::StrAppend(&note, note.empty() ? "" : ", ", "looked at again in ",
                    AgeText(ToTime(status.until_time()) - now));
  }
  return note;
}

// The cells about what was learned of one model.
void AddLimitCells(const v1::LearnedLimit& limit, std::vector<Cell>* row) {
  row->push_back(Gauge(static_cast<double>(limit.in_flight()), std::floor(limit.concurrency())));
  row->push_back(Cell::Number(
      absl::StrFormat("%d of %.0f", limit.in_flight(), std::floor(limit.concurrency()))));
  row->push_back(limit.has_time_to_first_content_p50()
                     ? Cell::Number(DurationText(ToDuration(limit.time_to_first_content_p50())))
                     : Cell::Number("-", Color::kDim));
}

}  // namespace

Table ClassTable(const google::protobuf::RepeatedPtrField<v1::ClassStatus>& classes,
                 absl::Time now) {
  const std::vector<std::string> heading = {"CLASS", "PRIORITY", "PENDING", "RUNNING",
                                            "SLOTS", "REQUESTS", "TOKENS",  "STATE"};
  std::vector<std::vector<Cell>> rows;
  for (const v1::ClassStatus& status : classes) {
    const bool limited = status.limits().has_concurrency();
    rows.push_back(
        {Cell(Safe(status.name()), Color::kBold), CountCell(status.priority()),
         CountCell(status.counts().pending()), CountCell(status.counts().running()),
         limited ? absl::StrCat(status.in_flight(), " of ", status.limits().concurrency()) : "-",
         WindowText(status.requests()), WindowText(status.tokens()), ClassState(status, now)});
  }
  return TableOf(heading, std::move(rows));
}

Table UpstreamTable(const google::protobuf::RepeatedPtrField<v1::UpstreamStatus>& upstreams,
                    absl::Time now) {
  const std::vector<std::string> heading = {"UPSTREAM", "STATE",       "CALLS/10M",
                                            "BUSY",     "FAILED",      "IN FLIGHT",
                                            "OF LIMIT", "FIRST TOKEN", "NOTE"};
  std::vector<std::vector<Cell>> rows;
  for (const v1::UpstreamStatus& status : upstreams) {
    std::vector<Cell> row = {
        Cell(Safe(status.name()), Color::kBold),
        Cell(NameOf(status.state()), ColorOfUpstream(status.state())),
        status.recent_calls() == 0 ? Cell::Number("-", Color::kDim)
                                   : Cell::Number(status.recent_calls()),
        ShareCell(status.recent_busy(), status.recent_calls(), kBusyShareHigh, Color::kYellow),
        ShareCell(status.recent_failures(), status.recent_calls(), kFailureShareHigh, Color::kRed)};
    const std::string note = UpstreamNote(status, now);
    if (status.learned_limits_size() == 1) {
      const v1::LearnedLimit& limit = status.learned_limits(0);
      AddLimitCells(limit, &row);
      const std::string limit_note = LimitNote(limit, now);
      row.push_back(absl::StrCat(note, note.empty() || limit_note.empty() ? "" : ", ", limit_note));
      rows.push_back(std::move(row));
      continue;
    }
    for (const char* empty : {"", "", ""}) row.emplace_back(empty);
    row.emplace_back(note);
    rows.push_back(std::move(row));
    for (const v1::LearnedLimit& limit : status.learned_limits()) {
      std::vector<Cell> model = {absl::StrCat("  ", Safe(limit.model())), "", "", "", ""};
      AddLimitCells(limit, &model);
      model.push_back(LimitNote(limit, now));
      rows.push_back(std::move(model));
    }
  }
  return TableOf(heading, std::move(rows));
}

Table LaneTable(const google::protobuf::RepeatedPtrField<v1::LaneStatus>& lanes, absl::Time now) {
  const std::vector<std::string> heading = {"WAITING", "OF TENANT", "FOR", "JOBS", "OLDEST", "WHY"};
  std::vector<std::vector<Cell>> rows;
  for (const v1::LaneStatus& lane : lanes) {
    std::string group = Safe(lane.route_group());
    for (const std::string& tag : lane.required_tags()) absl::StrAppend(&group, " ", Safe(tag));
    std::string why(ShortTextOf(lane.pending_reason()));
    if (!lane.pending_detail().empty()) {
      absl::StrAppend(&why, ": ", Safe(lane.pending_detail()));
    }
    rows.push_back({Cell(Safe(lane.class_name()), Color::kBold), Safe(lane.tenant()), group,
                    CountCell(lane.pending()),
                    lane.has_oldest_create_time()
                        ? Cell::Number(AgeText(now - ToTime(lane.oldest_create_time())))
                        : Cell::Number("-", Color::kDim),
                    why});
  }
  return TableOf(heading, std::move(rows));
}

Table WorkerTable(const google::protobuf::RepeatedPtrField<v1::WorkerStatus>& workers,
                  absl::Time now) {
  const std::vector<std::string> heading = {"WORKER", "CALLS", "LEASES",  "HEARD OF", "CREDENTIALS",
                                            "TAGS",   "FROM",  "VERSION", "STATE"};
  std::vector<std::vector<Cell>> rows;
  for (const v1::WorkerStatus& worker : workers) {
    rows.push_back(
        {Cell(Safe(worker.worker_id()), Color::kBold),
         worker.capacity() > 0 ? absl::StrCat(worker.in_flight(), " of ", worker.capacity())
                               : absl::StrCat(worker.in_flight()),
         CountCell(worker.leases()),
         Cell::Number(worker.has_last_seen_time()
                          ? absl::StrCat(AgeText(now - ToTime(worker.last_seen_time())), " ago")
                          : "-"),
         Listed(worker.credentials()), Listed(worker.tags()), OrDash(worker.peer()),
         OrDash(worker.version()),
         worker.draining() ? Cell("draining", Color::kYellow) : Cell("working", Color::kGreen)});
  }
  return TableOf(heading, std::move(rows));
}

}  // namespace lull
