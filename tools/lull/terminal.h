// What goes to a person's screen: colours, widths, and text that came from elsewhere.
#ifndef LULL_TOOLS_LULL_TERMINAL_H_
#define LULL_TOOLS_LULL_TERMINAL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lull {

enum class Color { kPlain, kBold, kDim, kRed, kGreen, kYellow };

// One of the process's output streams. Immutable.
class Terminal {
 public:
  // `fd` stays the caller's, and open.
  explicit Terminal(int fd);

  // Whether a person may be looking.
  bool is_terminal() const { return is_terminal_; }

  // The width of the screen; 80 when it is not known.
  int columns() const;

  // The text in this colour: on a terminal, unless NO_COLOR is set or TERM is "dumb".
  std::string Paint(Color color, absl::string_view text) const;

 private:
  const int fd_;
  const bool is_terminal_;
  const bool colors_;
};

enum class LineBreaks { kEscape, kKeep };

// The text with control characters written as \xNN, so that it cannot steer the terminal, and with
// U+FFFD for what is not UTF-8.
std::string Printable(absl::string_view text, LineBreaks line_breaks);

// How many columns UTF-8 text takes: two for each Chinese character.
int DisplayWidth(absl::string_view text);

// The text cut to at most `columns`, with "…" at its end if it was cut.
std::string CutToWidth(absl::string_view text, int columns);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_TERMINAL_H_
