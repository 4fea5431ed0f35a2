#include "tools/lull/command_line.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "tools/lull/admin/operator_commands.h"
#include "tools/lull/command.h"
#include "tools/lull/completion/completion_command.h"
#include "tools/lull/exit_code.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/local_commands.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

using AddCommand = void (*)(Command, Session&);

struct Group {
  const char* name;
  std::vector<AddCommand> commands;
};

const std::vector<Group>& Groups() {
  static const auto& groups = *new std::vector<Group>{
      {"Jobs",
       {&AddSubmitCommand, &AddGetCommand, &AddWaitCommand, &AddListCommand, &AddWatchCommand,
        &AddWhyCommand, &AddCancelCommand, &AddRetryCommand, &AddUpdateCommand, &AddDeleteCommand,
        &AddPurgeCommand}},
      {"Files of requests", {&AddBatchCommand}},
      {"The server",
       {&AddTopCommand, &AddClassesCommand, &AddUpstreamsCommand, &AddWorkersCommand,
        &AddUsageCommand, &AddBackupCommand}},
      {"This machine and this program", {&AddUpCommand, &AddCompletionCommand, &AddVersionCommand}},
  };
  return groups;
}

// Shows options by the kind of value they take, and commands by the first line about them.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kNameColumns); }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    const std::vector<std::string> type = absl::StrSplit(option->get_type_name(), ':');
    std::string text = " " + (absl::StrContains(type.back(), '|') ? type.back() : type.front());
    if (option->get_items_expected_max() > 1) text += " ...";
    if (option->get_required()) text += " (required)";
    if (!option->get_envname().empty()) text += ", or $" + option->get_envname();
    return text;
  }

  std::string make_subcommand(const CLI::App* command) const override {
    const std::string description = command->get_description();
    std::stringstream text;
    CLI::detail::format_help(text, command->get_name(),
                             description.substr(0, description.find('\n')), kNameColumns);
    return text.str();
  }

 private:
  static constexpr int kNameColumns = 28;
};

}  // namespace

void BuildCommandLine(CLI::App& app, Session& session) {
  app.name("lull");
  app.description(
      "Lull answers calls of busy LLM APIs: submit jobs, run batches, see what became of them.");
  app.footer("\n" + ExitCodeHelp() + "\nlull COMMAND --help tells more about a command.");
  session.server = "127.0.0.1:7411";
  app.add_option("--server", session.server,
                 "HOST:PORT or unix:/PATH of the server (default 127.0.0.1:7411)")
      ->envname("LULL_SERVER");
  // So that --server may also follow the command.
  app.fallthrough();
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  for (const Group& group : Groups()) {
    for (const AddCommand add : group.commands) {
      add(Command(app), session);
      app.get_subcommands(nullptr).back()->group(group.name);
    }
  }
}

}  // namespace lull
