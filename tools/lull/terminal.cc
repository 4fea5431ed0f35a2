#include "tools/lull/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/lull/utf8.h"

namespace lull {
namespace {

constexpr int kUnknownColumns = 80;

bool WantsColors() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         absl::string_view(term) != "dumb";
}

const char* CodeOf(Color color) {
  switch (color) {
    case Color::kPlain:
      return "0";
    case Color::kBold:
      return "1";
    case Color::kDim:
      return "2";
    case Color::kRed:
      return "31";
    case Color::kGreen:
      return "32";
    case Color::kYellow:
      return "33";
  }
  return "0";
}

bool IsControl(uint32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
         // Marks that turn the direction of the text around.
         (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

}  // namespace

Terminal::Terminal(int fd)
    : fd_(fd), is_terminal_(isatty(fd) == 1), colors_(is_terminal_ && WantsColors()) {}

int Terminal::columns() const {
  winsize size;
  if (!is_terminal_ || ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kUnknownColumns;
  }
  return size.ws_col;
}

std::string Terminal::Paint(Color color, absl::string_view text) const {
  if (!colors_ || color == Color::kPlain) return std::string(text);
  return absl::StrCat("\x1b[", CodeOf(color), "m", text, "\x1b[0m");
}

std::string Printable(absl::string_view text, LineBreaks line_breaks) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const absl::string_view before = text;
    const uint32_t character = TakeCharacter(&text);
    const absl::string_view bytes = before.substr(0, before.size() - text.size());
    if (character == '\n' && line_breaks == LineBreaks::kKeep) {
      printable.push_back('\n');
    } else if (IsControl(character)) {
      absl::StrAppendFormat(&printable, "\\x%02x", character);
    } else if (character == kReplacementCharacter) {
      printable.append("\xef\xbf\xbd");
    } else {
      printable.append(bytes.data(), bytes.size());
    }
  }
  return printable;
}

int DisplayWidth(absl::string_view text) {
  int width = 0;
  while (!text.empty()) width += ColumnsOf(TakeCharacter(&text));
  return width;
}

std::string CutToWidth(absl::string_view text, int columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  const absl::string_view whole = text;
  int width = 0;
  size_t kept = 0;
  while (!text.empty()) {
    width += ColumnsOf(TakeCharacter(&text));
    if (width > columns - 1) break;
    kept = whole.size() - text.size();
  }
  return absl::StrCat(whole.substr(0, kept), columns > 0 ? "…" : "");
}

}  // namespace lull
