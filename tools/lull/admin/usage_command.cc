// lull usage: tokens and money.
#include <unistd.h>

#include <memory>
#include <vector>

#include "tools/lull/admin/operator_commands.h"
#include "tools/lull/admin/usage_text.h"
#include "tools/lull/command_options.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

constexpr int32_t kPageSize = 10'000;
// More than any table that a person reads; beyond, a narrower question has to be asked.
constexpr size_t kRowsMax = 1'000'000;

struct Options {
  std::string from;
  std::string to;
  std::string tenant;
  std::string class_name;
  UsageBy by = UsageBy::kNothing;
  OutputFormat format = OutputFormat::kTable;
};

absl::StatusOr<std::vector<v1::UsageRow>> ReadRows(Session& session, const Options& options) {
  Connection client(session);
  v1::GetUsageRequest request;
  request.set_first_day(options.from);
  request.set_last_day(options.to);
  request.set_tenant(options.tenant);
  request.set_class_name(options.class_name);
  request.set_page_size(kPageSize);
  std::vector<v1::UsageRow> rows;
  do {
    const auto page = Persist(session, *client, kGetUsage, request);
    if (!page.ok()) return page.status();
    rows.insert(rows.end(), page->rows().begin(), page->rows().end());
    if (rows.size() > kRowsMax) {
      return absl::InvalidArgumentError(
          "there are more than 1000000 rows; ask for fewer days, one tenant or one class");
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return rows;
}

ExitCode Usage(Session& session, const Options& options) {
  const auto rows = ReadRows(session, options);
  if (!rows.ok()) return Fail(session, rows.status());
  const std::vector<v1::UsageRow> sums = AddedUp(*rows, options.by);
  if (options.format == OutputFormat::kTable) {
    if (sums.empty()) Say("Nothing was used in these days.");
    return Print(session, UsageTable(sums).ToString(StyleFor(Terminal(STDOUT_FILENO))));
  }
  for (const v1::UsageRow& row : sums) {
    const ExitCode code = PrintJson(session, row);
    if (code != ExitCode::kOk) return code;
  }
  return ExitCode::kOk;
}

}  // namespace

void AddUsageCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command =
      app.AddCommand("usage", "Show tokens and cost by day, tenant, class, upstream and model");
  command.Text("--from", options->from, "The first day, YYYY-MM-DD in UTC (default: 30 days ago)");
  command.Text("--to", options->to, "The last day, YYYY-MM-DD in UTC (default: today)");
  command.Text("--tenant", options->tenant, "Only this tenant (default: all)");
  command.Text("--class", options->class_name, "Only this class (default: all)");
  command.Choice<UsageBy>("--by", options->by,
                          {{"day", UsageBy::kDay},
                           {"tenant", UsageBy::kTenant},
                           {"class", UsageBy::kClass},
                           {"upstream", UsageBy::kUpstream},
                           {"model", UsageBy::kModel}},
                          "Add up by this alone (default: a row for each combination)");
  AddFormatOption(command, options->format);
  command.Examples({"lull usage --from 2026-11-01 --by class", "lull usage --tenant a -o json"});
  SetRun(command, session, [&session, options] { return Usage(session, *options); });
}

}  // namespace lull
