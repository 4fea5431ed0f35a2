// An answer as a plan: what goes out when, and how it ends. Composed without I/O, played by a
// TapePlayer.
#ifndef LULL_TOOLS_BUSY_API_ANSWER_TAPE_H_
#define LULL_TOOLS_BUSY_API_ANSWER_TAPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

struct AnswerTape {
  enum class Framing {
    kWhole,   // one piece with Content-Length
    kStream,  // chunked pieces
    kRaw,     // the pieces are all there is, status line included
  };
  enum class End { kKeepAlive, kClose, kReset };

  struct Piece {
    absl::Duration wait;  // before each repetition
    std::string bytes;
    int64_t repeat = 1;  // for bodies that would not fit into memory, and keep-alives
  };

  int status = 200;        // 0 if no status line goes out
  bool head_sent = false;  // with kStream: the head went out before, while the call was waiting
  HttpHeaders headers;
  Framing framing = Framing::kWhole;
  absl::Duration head_wait;  // before the head; a whole answer's head and body leave together
  std::vector<Piece> pieces;
  End end = End::kKeepAlive;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ANSWER_TAPE_H_
