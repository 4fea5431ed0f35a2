#include "tools/lull/completion/completion_context.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace lull {
namespace {

void Add(const CommandInfo& command, const std::string& place, const CommandInfo& root,
         std::vector<CompletionContext>* contexts) {
  CompletionContext context{place, command.commands, command.options, command.arguments};
  for (const OptionInfo& option : root.options) {
    bool is_there = false;
    for (const OptionInfo& own : command.options) is_there = is_there || own.names == option.names;
    if (!is_there) context.options.push_back(option);
  }
  contexts->push_back(std::move(context));
  for (const CommandInfo& below : command.commands) {
    Add(below, absl::StrCat(place, place.empty() ? "" : " ", below.name), root, contexts);
  }
}

}  // namespace

std::vector<CompletionContext> ContextsOf(const CommandInfo& root) {
  std::vector<CompletionContext> contexts;
  Add(root, "", root, &contexts);
  return contexts;
}

std::string FirstLineOf(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string ShellQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace lull
