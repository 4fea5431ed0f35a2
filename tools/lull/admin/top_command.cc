// lull top: the whole server, live.
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/admin/live_screen.h"
#include "tools/lull/admin/operator_commands.h"
#include "tools/lull/admin/overview_text.h"
#include "tools/lull/command_options.h"
#include "tools/lull/error_text.h"
#include "tools/lull/retry_pace.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

constexpr int32_t kLanesMax = 20;

struct Options {
  int64_t interval_s = 2;
  bool once = false;
  OutputFormat format = OutputFormat::kTable;
};

absl::StatusOr<v1::Overview> ReadOverview(Client& client) {
  v1::GetOverviewRequest request;
  request.set_max_lanes(kLanesMax);
  return client.Call(kGetOverview, request, kCallTimeout);
}

ExitCode Once(Session& session, const Options& options) {
  Connection client(session);
  const absl::StatusOr<v1::Overview> overview = ReadOverview(*client);
  if (!overview.ok()) return Fail(session, overview.status());
  if (options.format == OutputFormat::kJson) return PrintJson(session, *overview);
  return Print(session, OverviewText(*overview, StyleFor(Terminal(STDOUT_FILENO)), 0));
}

// Goes on over restarts of the server, with the last picture and what is wrong. An error: there was
// no picture yet, or it is one that does not pass.
absl::Status Live(Session& session, const Options& options) {
  Connection client(session);
  const Terminal terminal(STDOUT_FILENO);
  LiveScreen screen;
  v1::Overview last;
  do {
    const int rows = screen.TakeRows();
    const absl::StatusOr<v1::Overview> overview = ReadOverview(*client);
    if (session.interruption.stopped()) break;
    const bool worth_waiting = last.has_time() && MayPass(overview.status());
    if (!overview.ok() && !worth_waiting) return overview.status();
    std::string text;
    if (overview.ok()) {
      last = *overview;
    } else {
      text = absl::StrCat(terminal.Paint(Color::kRed, ErrorText(overview.status())), "\n");
    }
    if (last.has_time()) {
      absl::StrAppend(&text, OverviewText(last, StyleFor(terminal), rows - 3));
    }
    absl::StrAppend(&text, "\n", terminal.Paint(Color::kDim, "q ends"), "\n");
    if (!screen.Draw(text)) break;
  } while (!screen.WaitForQuit(session.interruption, absl::Seconds(options.interval_s)));
  return absl::OkStatus();
}

ExitCode Top(Session& session, const Options& options) {
  const bool live = !options.once && options.format == OutputFormat::kTable &&
                    Terminal(STDOUT_FILENO).is_terminal() && isatty(STDIN_FILENO) == 1;
  if (!live) return Once(session, options);
  const absl::Status status = Live(session, options);
  // Ctrl-C is the way to end it.
  return status.ok() ? ExitCode::kOk : Fail(session, status);
}

}  // namespace

void AddTopCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command = app.AddCommand(
      "top",
      "Watch the whole server: classes, waiting jobs, upstreams with what was learned of them, "
      "workers.\nq or Ctrl-C ends it. Without a terminal it is shown once.");
  command.Number("--interval", options->interval_s, 1, 3600,
                 "Seconds between two pictures, from 1 to 3600 (default 2)");
  command.Flag("--once", options->once, "Show it once and end (default: until q or Ctrl-C)");
  AddFormatOption(command, options->format);
  command.Examples({"lull top", "lull top --once -o json | jq .counts"});
  SetRun(command, session, [&session, options] { return Top(session, *options); });
}

}  // namespace lull
