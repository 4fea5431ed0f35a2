#include "tools/lull/completion/shell_patterns.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lull {

std::string OptionPatterns(const std::vector<CompletionContext>& contexts,
                           const std::function<bool(const OptionInfo&)>& wanted) {
  std::vector<std::string> patterns;
  for (const CompletionContext& context : contexts) {
    for (const OptionInfo& option : context.options) {
      if (!wanted(option)) continue;
      for (const std::string& name : option.names) {
        patterns.push_back(ShellQuoted(absl::StrCat(context.place, "|", name)));
      }
    }
  }
  return patterns.empty() ? "''" : absl::StrJoin(patterns, "|");
}

std::string StepPatterns(const std::vector<CompletionContext>& contexts) {
  std::vector<std::string> patterns;
  for (const CompletionContext& context : contexts) {
    for (const CommandInfo& command : context.commands) {
      patterns.push_back(ShellQuoted(absl::StrCat(context.place, " ", command.name)));
    }
  }
  return absl::StrJoin(patterns, "|");
}

}  // namespace lull
