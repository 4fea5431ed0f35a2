// A terminal's screen that a command draws on again and again, as an editor does.
#ifndef LULL_TOOLS_LULL_ADMIN_LIVE_SCREEN_H_
#define LULL_TOOLS_LULL_ADMIN_LIVE_SCREEN_H_

#include <sys/ioctl.h>
#include <termios.h>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/lull/interruption.h"

namespace lull {

// While it lives, the terminal of stdin and stdout shows its alternate screen, without a cursor,
// and passes keys on at once, unseen; after it all is as before. Not thread-safe.
class LiveScreen {
 public:
  LiveScreen();
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  // How many there are for the next picture. A change of the screen's size after this is one that
  // WaitForQuit sees.
  int TakeRows();

  // Writes the text over what was there. False: it cannot be written.
  bool Draw(absl::string_view text);

  // Waits: true when "q" is typed, the keyboard is gone or `interruption` is set; false after
  // `duration`, or sooner when the screen's size is another than at the last TakeRows.
  bool WaitForQuit(const Interruption& interruption, absl::Duration duration);

 private:
  termios before_ = {};
  winsize size_;  // that the picture is made for
  bool keys_changed_ = false;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_ADMIN_LIVE_SCREEN_H_
