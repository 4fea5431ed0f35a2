#include "tools/lull/completion/shell_patterns.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace lull {
namespace {

void AddPatterns(const CompletionContext& context, const OptionInfo& option,
                 std::vector<std::string>* patterns) {
  for (const std::string& name : option.names) {
    patterns->push_back(ShellQuoted(absl::StrCat(context.place, "|", name)));
  }
}

std::string Joined(const std::vector<std::string>& patterns) {
  return patterns.empty() ? "''" : absl::StrJoin(patterns, "|");
}

}  // namespace

std::string FillScript(
    const char* script, const CommandInfo& root,
    const std::function<std::string(const std::string& pattern, const OptionInfo&)>& word_case,
    const std::function<std::string(const CompletionContext&)>& place_case) {
  std::vector<std::string> with_value;
  std::vector<std::string> with_path;
  std::vector<std::string> steps;
  std::string word_cases;
  std::string place_cases;
  for (const CompletionContext& context : ContextsOf(root)) {
    for (const OptionInfo& option : context.options) {
      if (option.takes_value) AddPatterns(context, option, &with_value);
      if (option.is_path) AddPatterns(context, option, &with_path);
      if (option.words.empty()) continue;
      std::vector<std::string> patterns;
      AddPatterns(context, option, &patterns);
      absl::StrAppend(&word_cases, word_case(Joined(patterns), option));
    }
    for (const CommandInfo& command : context.commands) {
      steps.push_back(ShellQuoted(absl::StrCat(context.place, " ", command.name)));
    }
    absl::StrAppend(&place_cases, place_case(context));
  }
  return absl::StrReplaceAll(script, {{"VALUE_OPTIONS", Joined(with_value)},
                                      {"PATH_OPTIONS", Joined(with_path)},
                                      {"STEPS", Joined(steps)},
                                      {"WORD_CASES", word_cases},
                                      {"PLACE_CASES", place_cases}});
}

}  // namespace lull
