#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/lull/completion/completion_context.h"
#include "tools/lull/completion/completion_script.h"
#include "tools/lull/completion/shell_patterns.h"

namespace lull {
namespace {

// `at` becomes the place of the command that the words before the cursor name.
constexpr char kScript[] = R"(#compdef lull
# Tab completion of lull for zsh. To have it, after compinit: source <(lull completion zsh)
_lull() {
  local at='' option='' word i=2
  while ((i < CURRENT)); do
    word=$words[i]
    case "$at|$word" in
      VALUE_OPTIONS) ((i += 2)); continue ;;
    esac
    case "$at $word" in
      STEPS) at=${at:+$at }$word ;;
    esac
    ((++i))
  done
  if [[ $words[CURRENT] == --*=* ]]; then
    option=${words[CURRENT]%%=*}
    compset -P '*='
  else
    option=$words[CURRENT-1]
  fi
  case "$at|$option" in
WORD_CASES    PATH_OPTIONS) _files; return ;;
    VALUE_OPTIONS) _message 'a value'; return ;;
  esac
  local -a commands options
  local files=''
  case "$at" in
PLACE_CASES  esac
  if [[ $words[CURRENT] != -* ]]; then
    (($#commands)) && _describe -t commands 'command' commands
    [[ -n $files ]] && _files
    (($#commands)) || [[ -n $files ]] || _describe -t options 'option' options
  else
    _describe -o -t options 'option' options
  fi
}
if [[ ${funcstack[1]:-} == _lull ]]; then
  _lull "$@"
else
  compdef _lull lull
fi
)";

// "NAME:HELP", as _describe reads it.
std::string Described(const std::string& name, const std::string& help) {
  return ShellQuoted(absl::StrCat(absl::StrReplaceAll(name, {{":", "\\:"}}), ":",
                                  absl::StrReplaceAll(FirstLineOf(help), {{"\\", "\\\\"}})));
}

std::string WordCase(const std::string& pattern, const OptionInfo& option) {
  return absl::StrCat("    ", pattern, ") compadd -- ", absl::StrJoin(option.words, " "),
                      "; return ;;\n");
}

std::string PlaceCase(const CompletionContext& context) {
  std::vector<std::string> commands;
  for (const CommandInfo& command : context.commands) {
    commands.push_back(Described(command.name, command.description));
  }
  bool files = false;
  for (const OptionInfo& argument : context.arguments) {
    for (const std::string& word : argument.words) {
      commands.push_back(Described(word, argument.help));
    }
    files = files || argument.is_path;
  }
  std::vector<std::string> options;
  for (const OptionInfo& option : context.options) {
    for (const std::string& name : option.names) options.push_back(Described(name, option.help));
  }
  return absl::StrCat("    ", ShellQuoted(context.place), ")\n      commands=(",
                      absl::StrJoin(commands, " "), ")\n      options=(",
                      absl::StrJoin(options, " "), ")\n", files ? "      files=1\n" : "",
                      "      ;;\n");
}

}  // namespace

std::string ZshCompletion(const CommandInfo& root) {
  return FillScript(kScript, root, WordCase, PlaceCase);
}

}  // namespace lull
