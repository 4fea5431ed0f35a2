#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/lull/completion/completion_context.h"
#include "tools/lull/completion/completion_script.h"
#include "tools/lull/completion/shell_patterns.h"

namespace lull {
namespace {

// `at` becomes the place of the command that the words before the cursor name. A "=" between an
// option and its value is a word of its own to bash.
constexpr char kScript[] =
    R"(# Tab completion of lull for bash. To have it: source <(lull completion bash)
_lull() {
  local current=${COMP_WORDS[COMP_CWORD]} option='' at='' word i
  ((COMP_CWORD > 0)) && option=${COMP_WORDS[COMP_CWORD - 1]}
  if [[ $current == = ]]; then
    current=''
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    case "$at|$word" in
      VALUE_OPTIONS)
        ((++i))
        [[ ${COMP_WORDS[i]} == = ]] && ((++i))
        continue
        ;;
    esac
    case "$at $word" in
      STEPS) at=${at:+$at }$word ;;
    esac
  done
  case "$at|$option" in
WORD_CASES    PATH_OPTIONS)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    VALUE_OPTIONS) return ;;
  esac
  local words='' files=''
  case "$at" in
PLACE_CASES  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ -n $files && $current != -* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _lull lull
)";

std::string WordCase(const std::string& pattern, const OptionInfo& option) {
  return absl::StrCat("    ", pattern, ")\n      mapfile -t COMPREPLY < <(compgen -W ",
                      ShellQuoted(absl::StrJoin(option.words, " ")),
                      " -- \"$current\")\n      return\n      ;;\n");
}

std::string PlaceCase(const CompletionContext& context) {
  std::vector<std::string> words;
  for (const CommandInfo& command : context.commands) words.push_back(command.name);
  bool files = false;
  for (const OptionInfo& argument : context.arguments) {
    words.insert(words.end(), argument.words.begin(), argument.words.end());
    files = files || argument.is_path;
  }
  for (const OptionInfo& option : context.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return absl::StrCat("    ", ShellQuoted(context.place),
                      ")\n      words=", ShellQuoted(absl::StrJoin(words, " ")), "\n",
                      files ? "      files=1\n" : "", "      ;;\n");
}

}  // namespace

std::string BashCompletion(const CommandInfo& root) {
  return FillScript(kScript, root, WordCase, PlaceCase);
}

}  // namespace lull
