// What bash's and zsh's scripts have in common: which patterns of `case` stand for which options,
// over "PLACE|OPTION".
#ifndef LULL_TOOLS_LULL_COMPLETION_SHELL_PATTERNS_H_
#define LULL_TOOLS_LULL_COMPLETION_SHELL_PATTERNS_H_

#include <functional>
#include <string>

#include "tools/lull/completion/completion_context.h"

namespace lull {

// The script with its gaps filled:
//   VALUE_OPTIONS, PATH_OPTIONS   patterns of the options that take a value, or a path: like
//                                 "'list|--state'|'list|--class'"; "''" if there is none
//   STEPS                         patterns of the steps from a command to one below it: like
//                                 "' list'|'classes pause'"
//   WORD_CASES                    a case of each option whose words are known, by `word_case`
//   PLACE_CASES                   a case of each command, by `place_case`
std::string FillScript(
    const char* script, const CommandInfo& root,
    const std::function<std::string(const std::string& pattern, const OptionInfo&)>& word_case,
    const std::function<std::string(const CompletionContext&)>& place_case);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMPLETION_SHELL_PATTERNS_H_
