// Answers made to hurt a client that does not bound what it reads.
#ifndef LULL_TOOLS_BUSY_API_HOSTILE_BODY_H_
#define LULL_TOOLS_BUSY_API_HOSTILE_BODY_H_

#include "base/http/http_message.h"
#include "tools/busy_api/answer_body.h"
#include "tools/busy_api/answer_composer.h"
#include "tools/busy_api/behaviour.h"

namespace lull {

// By behaviour.hostile. Each contains a valid answer, so that a client that has no bounds would
// report success. May add header fields.
AnswerBody ComposeHostileBody(const Behaviour& behaviour, const AnswerFacts& facts,
                              HttpHeaders* headers);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_HOSTILE_BODY_H_
