// Sends an AnswerTape to one client, piece by piece, as fast as its waits and the client allow.
// Lives on the server's thread and keeps itself alive until it is done.
#ifndef LULL_TOOLS_BUSY_API_TAPE_PLAYER_H_
#define LULL_TOOLS_BUSY_API_TAPE_PLAYER_H_

#include <functional>
#include <memory>

#include "base/http/http_responder.h"
#include "tools/busy_api/answer_tape.h"

namespace lull {

// What was handed to the connection of a tape that is over.
struct Played {
  bool all = false;          // else the client went away first
  bool status_line = false;  // what may hold one, at least
};

// `done` runs once, just before the connection is ended or given back.
void PlayTape(AnswerTape tape, HttpResponder responder, std::function<void(Played played)> done);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_TAPE_PLAYER_H_
