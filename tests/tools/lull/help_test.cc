// The help is complete, and docs/cli.md agrees with the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/program.h"
#include "tools/lull/command.h"
#include "tools/lull/command_line.h"
#include "tools/lull/exit_code.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

class HelpTest : public testing::Test {
 protected:
  HelpTest() { BuildCommandLine(app_, session_); }

  // Calls `see` with each command below the program and the words that name it.
  void ForEachCommand(const std::function<void(const CommandInfo&, const std::string&)>& see) {
    Walk(Command(app_).Describe(), "lull", see);
  }

  static void Walk(const CommandInfo& above, const std::string& name,
                   const std::function<void(const CommandInfo&, const std::string&)>& see) {
    for (const CommandInfo& command : above.commands) {
      const std::string whole = absl::StrCat(name, " ", command.name);
      see(command, whole);
      Walk(command, whole, see);
    }
  }

  Session session_;
  CLI::App app_;
};

TEST_F(HelpTest, EveryCommandSaysWhatItDoesAndShowsAnExample) {
  int commands = 0;
  ForEachCommand([&](const CommandInfo& command, const std::string& name) {
    ++commands;
    EXPECT_GE(command.description.size(), 15u) << name;
    EXPECT_TRUE(absl::ascii_isupper(command.description[0])) << name;
    if (!command.commands.empty() && command.options.size() <= 1) return;
    EXPECT_THAT(command.footer, HasSubstr(absl::StrCat("\n  "))) << name;
    EXPECT_THAT(command.footer, HasSubstr(name)) << name;
  });
  EXPECT_GE(commands, 25);
}

TEST_F(HelpTest, EveryOptionSaysWhatItMeansAndWhatHoldsWithoutIt) {
  ForEachCommand([&](const CommandInfo& command, const std::string& name) {
    for (const OptionInfo& option : command.options) {
      if (option.names.back() == "--help") continue;
      EXPECT_GE(option.help.size(), 20u) << name << " " << option.names.back();
      EXPECT_TRUE(absl::StrContains(option.help, "(default") ||
                  absl::StrContains(option.help, "default:") || option.names.back() == "--out")
          << name << " " << option.names.back() << ": " << option.help;
    }
    for (const OptionInfo& argument : command.arguments) {
      EXPECT_GE(argument.help.size(), 8u) << name << " " << argument.names.back();
    }
  });
}

// No short name means two things, and -o is the format everywhere but in `batch run`.
TEST_F(HelpTest, ShortNamesMeanOneThing) {
  ForEachCommand([&](const CommandInfo& command, const std::string& name) {
    for (const OptionInfo& option : command.options) {
      if (option.names.size() < 2 || option.names[0] != "-o") continue;
      EXPECT_EQ(option.names[1], name == "lull batch run" ? "--out" : "--output") << name;
    }
  });
}

std::set<std::string> Found(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

TEST_F(HelpTest, TheDocumentHasEveryCommandAndNoOther) {
  const std::string document = ReadFile(DataPath("docs/cli.md"));
  std::set<std::string> commands;
  ForEachCommand([&](const CommandInfo&, const std::string& name) { commands.insert(name); });
  // A group of commands that does nothing by itself has no section.
  commands.erase("lull batch");
  EXPECT_EQ(Found(document, "\n\\| `(lull [a-z ]+[a-z])"), commands);
}

TEST_F(HelpTest, TheDocumentHasEveryExitCodeWithItsMeaning) {
  const std::string document = ReadFile(DataPath("docs/cli.md"));
  std::set<std::string> codes;
  for (absl::string_view line : absl::StrSplit(ExitCodeHelp(), '\n')) {
    std::smatch match;
    const std::string text(line);
    if (!std::regex_match(text, match, std::regex(" +([0-9]+)  (.+)"))) continue;
    codes.insert(match[1]);
    EXPECT_THAT(document, HasSubstr(absl::StrCat("\n| ", match[1].str(), " | ", match[2].str())));
  }
  EXPECT_EQ(Found(document, "\n\\| ([0-9]+) \\|"), codes);
}

TEST_F(HelpTest, EveryOptionOfACommandIsInItsHelpText) {
  for (CLI::App* command : app_.get_subcommands({})) {
    const std::string help = command->help();
    for (const OptionInfo& option : Command(*command).Describe().options) {
      EXPECT_THAT(help, HasSubstr(option.names.back()));
    }
  }
}

}  // namespace
}  // namespace lull
