// Pieces that bash's and zsh's scripts have in common: patterns of `case` over "PLACE|OPTION".
#ifndef LULL_TOOLS_LULL_COMPLETION_SHELL_PATTERNS_H_
#define LULL_TOOLS_LULL_COMPLETION_SHELL_PATTERNS_H_

#include <functional>
#include <string>
#include <vector>

#include "tools/lull/completion/completion_context.h"

namespace lull {

// "'list|--state'|'list|--class'": every option that `wanted` says yes to; "''" if there is none.
std::string OptionPatterns(const std::vector<CompletionContext>& contexts,
                           const std::function<bool(const OptionInfo&)>& wanted);

// "' list'|'classes pause'": every step from a command to one below it, "PLACE NAME".
std::string StepPatterns(const std::vector<CompletionContext>& contexts);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMPLETION_SHELL_PATTERNS_H_
