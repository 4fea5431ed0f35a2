// The body of one answer as pieces in time, before it is cut, dripped or queued.
#ifndef LULL_TOOLS_BUSY_API_ANSWER_BODY_H_
#define LULL_TOOLS_BUSY_API_ANSWER_BODY_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tools/busy_api/answer_composer.h"
#include "tools/busy_api/answer_tape.h"
#include "tools/busy_api/behaviour.h"

namespace lull {

struct AnswerBody {
  std::vector<AnswerTape::Piece> pieces;
  absl::Duration first_wait;  // before the first piece
  size_t first_content = 0;   // the first piece that has content; before it stands a stream's role
  bool events = false;        // server-sent events
  bool unbounded = false;     // too large to be put together
};

AnswerBody ComposeBody(const Behaviour& behaviour, const AnswerFacts& facts);

// An ordinary whole answer's JSON.
std::string WholeAnswerJson(const Behaviour& behaviour, const AnswerFacts& facts);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ANSWER_BODY_H_
