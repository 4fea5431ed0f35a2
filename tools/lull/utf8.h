// Walking over UTF-8 text one character at a time.
#ifndef LULL_TOOLS_LULL_UTF8_H_
#define LULL_TOOLS_LULL_UTF8_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace lull {

inline constexpr uint32_t kReplacementCharacter = 0xfffd;

// Takes the first character off `text`, which must not be empty. What is not UTF-8 is taken off one
// byte at a time and gives kReplacementCharacter.
uint32_t TakeCharacter(absl::string_view* text);

// How many columns of a terminal the character takes: 0, 1 or 2.
int ColumnsOf(uint32_t character);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UTF8_H_
