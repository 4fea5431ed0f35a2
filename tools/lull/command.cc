#include "tools/lull/command.h"

#include <CLI/CLI.hpp>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

constexpr char kPathType[] = "PATH";

// Its description, "a|b|c", is what the help and the shells' completion show.
CLI::Validator OneOf(const std::vector<std::string>& words) {
  CLI::Validator validator;
  validator.description(absl::StrJoin(words, "|"));
  validator.operation([words](std::string& value) {
    if (absl::c_linear_search(words, value)) return std::string();
    return absl::StrCat("\"", value, "\" is not one of ", absl::StrJoin(words, ", "));
  });
  return validator;
}

// The words of OneOf; the type's name has a validator's description behind a colon.
std::vector<std::string> WordsIn(const std::string& type) {
  const size_t colon = type.find(':');
  if (colon == std::string::npos || !absl::StrContains(type, "|")) return {};
  return absl::StrSplit(type.substr(colon + 1), '|');
}

OptionInfo InfoOf(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  if (info.names.empty()) info.names.push_back(option.get_name());
  info.help = option.get_description();
  info.takes_value = option.get_items_expected_max() > 0;
  info.is_path = absl::StartsWith(option.get_type_name(), kPathType);
  info.words = WordsIn(option.get_type_name());
  return info;
}

CommandInfo InfoOf(const CLI::App& app) {
  CommandInfo info;
  info.name = app.get_name();
  info.description = app.get_description();
  info.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    (option->nonpositional() ? info.options : info.arguments).push_back(InfoOf(*option));
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    info.commands.push_back(InfoOf(*command));
  }
  return info;
}

}  // namespace

Option Option::Required() {
  option_->required();
  return *this;
}

Option Option::Environment(const std::string& variable) {
  option_->envname(variable);
  return *this;
}

Option Option::Excludes(Option other) {
  option_->excludes(other.option_);
  return *this;
}

Option Option::Group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

Option Option::Path() {
  option_->type_name(kPathType);
  return *this;
}

Option Option::Among(const std::vector<std::string>& words) {
  option_->check(OneOf(words));
  return *this;
}

Command Command::AddCommand(const std::string& name, const std::string& description) {
  return Command(*app_->add_subcommand(name, description));
}

Option Command::Text(const std::string& name, std::string& value, const std::string& help) {
  return Option(app_->add_option(name, value, help));
}

Option Command::Texts(const std::string& name, std::vector<std::string>& values,
                      const std::string& help) {
  CLI::Option* option = app_->add_option(name, values, help);
  if (absl::StartsWith(name, "-")) option->allow_extra_args(false);
  return Option(option);
}

Option Command::Flag(const std::string& name, bool& value, const std::string& help) {
  return Option(app_->add_flag(name, value, help));
}

Option Command::AddNumber(const std::string& name, int64_t min, int64_t max,
                          std::function<void(int64_t)> set, const std::string& help) {
  CLI::Option* option = app_->add_option_function<int64_t>(
      name, [set = std::move(set)](const int64_t& value) { set(value); }, help);
  return Option(option->check(CLI::Range(min, max))->type_name("INT"));
}

Option Command::AddChoice(const std::string& name, const std::vector<std::string>& words,
                          std::function<void(const std::string&)> set, const std::string& help) {
  CLI::Option* option = app_->add_option_function<std::string>(
      name, [set = std::move(set)](const std::string& value) { set(value); }, help);
  return Option(option->check(OneOf(words)));
}

void Command::NeedCommand() { app_->require_subcommand(1); }

void Command::OnNamed(std::function<void()> act) { app_->callback(std::move(act)); }

void Command::Examples(const std::vector<std::string>& lines) {
  app_->footer(absl::StrCat("\nExamples:\n  ", absl::StrJoin(lines, "\n  ")));
}

CommandInfo Command::Describe() const { return InfoOf(*app_); }

}  // namespace lull
