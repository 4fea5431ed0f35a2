// Sends an AnswerTape to one client, piece by piece, as fast as its waits and the client allow.
// Lives on the server's thread and keeps itself alive until it is done.
#ifndef LULL_TOOLS_BUSY_API_TAPE_PLAYER_H_
#define LULL_TOOLS_BUSY_API_TAPE_PLAYER_H_

#include <functional>
#include <memory>

#include "base/http/http_responder.h"
#include "tools/busy_api/answer_tape.h"

namespace lull {

// `done(sent)` runs once: true when everything was handed to the connection, just before it ends;
// false when the client went away first.
void PlayTape(AnswerTape tape, HttpResponder responder, std::function<void(bool sent)> done);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_TAPE_PLAYER_H_
