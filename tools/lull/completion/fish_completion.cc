#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/lull/completion/completion_context.h"
#include "tools/lull/completion/completion_script.h"

namespace lull {
namespace {

// Whether the words before the cursor name the command at this place.
constexpr char kPlaceFunction[] =
    R"(# Tab completion of lull for fish. To have it: lull completion fish | source
function __lull_at
    set -l at ''
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch "$at|$word"
            case VALUE_OPTIONS
                set is_value 1
                continue
        end
        switch "$at $word"
            case STEPS
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
complete -c lull -f
)";

// In single quotes, as fish reads them.
std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string OptionLine(const std::string& start, const OptionInfo& option) {
  std::string line = start;
  for (const std::string& name : option.names) {
    absl::StrAppend(
        &line, absl::StartsWith(name, "--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
  }
  if (option.is_path) {
    absl::StrAppend(&line, " -r -F");
  } else if (option.takes_value) {
    absl::StrAppend(&line, " -x");
  }
  if (!option.words.empty()) {
    absl::StrAppend(&line, " -a ", Quoted(absl::StrJoin(option.words, " ")));
  }
  return absl::StrCat(line, " -d ", Quoted(FirstLineOf(option.help)), "\n");
}

std::string LinesOf(const CompletionContext& context) {
  const std::string start = absl::StrCat("complete -c lull -n ",
                                         Quoted(absl::StrCat("__lull_at ", Quoted(context.place))));
  std::string lines;
  for (const CommandInfo& command : context.commands) {
    absl::StrAppend(&lines, start, " -a ", command.name, " -d ",
                    Quoted(FirstLineOf(command.description)), "\n");
  }
  for (const OptionInfo& argument : context.arguments) {
    if (argument.is_path) absl::StrAppend(&lines, start, " -F\n");
    if (!argument.words.empty()) {
      absl::StrAppend(&lines, start, " -a ", Quoted(absl::StrJoin(argument.words, " ")), "\n");
    }
  }
  for (const OptionInfo& option : context.options) {
    absl::StrAppend(&lines, OptionLine(start, option));
  }
  return lines;
}

}  // namespace

std::string FishCompletion(const CommandInfo& root) {
  const std::vector<CompletionContext> contexts = ContextsOf(root);
  std::vector<std::string> value_options;
  std::vector<std::string> steps;
  std::string lines;
  for (const CompletionContext& context : contexts) {
    for (const OptionInfo& option : context.options) {
      if (!option.takes_value) continue;
      for (const std::string& name : option.names) {
        value_options.push_back(Quoted(absl::StrCat(context.place, "|", name)));
      }
    }
    for (const CommandInfo& command : context.commands) {
      steps.push_back(Quoted(absl::StrCat(context.place, " ", command.name)));
    }
    absl::StrAppend(&lines, LinesOf(context));
  }
  return absl::StrCat(
      absl::StrReplaceAll(kPlaceFunction, {{"VALUE_OPTIONS", absl::StrJoin(value_options, " ")},
                                           {"STEPS", absl::StrJoin(steps, " ")}}),
      lines);
}

}  // namespace lull
