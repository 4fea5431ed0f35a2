#include "tools/lull/admin/live_screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/clock.h"

namespace lull {
namespace {

constexpr int kRowsUnknown = 24;
// How long it takes at most to notice an interruption or another size.
constexpr int kPollMs = 100;

winsize SizeOfScreen() {
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

}  // namespace

LiveScreen::LiveScreen() : size_(SizeOfScreen()) {
  if (tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    // Ctrl-Z would leave the shell on the alternate screen.
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;
    keys_changed_ = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
  }
  // The alternate screen; no cursor; no line is broken at the right edge.
  std::fputs("\x1b[?1049h\x1b[?25l\x1b[?7l", stdout);
}

LiveScreen::~LiveScreen() {
  std::fputs("\x1b[?7h\x1b[?25h\x1b[?1049l", stdout);
  std::fflush(stdout);
  if (keys_changed_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

int LiveScreen::TakeRows() {
  size_ = SizeOfScreen();
  return size_.ws_row == 0 ? kRowsUnknown : size_.ws_row;
}

bool LiveScreen::Draw(absl::string_view text) {
  // From the top, each line cleared to its end and the rest below, so that nothing flickers.
  std::string lines = absl::StrReplaceAll(text, {{"\n", "\x1b[K\n"}});
  if (!lines.empty() && lines.back() == '\n') lines.pop_back();
  std::fputs(absl::StrCat("\x1b[H", lines, "\x1b[J").c_str(), stdout);
  return std::fflush(stdout) == 0;
}

bool LiveScreen::WaitForQuit(const Interruption& interruption, absl::Duration duration) {
  const absl::Duration end = SystemClock().Now().steady + duration;
  while (!interruption.stopped()) {
    pollfd keyboard = {STDIN_FILENO, POLLIN, 0};
    if (poll(&keyboard, 1, kPollMs) > 0) {
      char key = 0;
      if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q') return true;
    }
    const winsize now = SizeOfScreen();
    if (now.ws_row != size_.ws_row || now.ws_col != size_.ws_col) return false;
    if (SystemClock().Now().steady >= end) return false;
  }
  return true;
}

}  // namespace lull
