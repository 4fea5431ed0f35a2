// Turns a behaviour into the bytes and waits of one answer. Pure: no sockets, no clock.
#ifndef LULL_TOOLS_BUSY_API_ANSWER_COMPOSER_H_
#define LULL_TOOLS_BUSY_API_ANSWER_COMPOSER_H_

#include <string>

#include "absl/time/time.h"
#include "tools/busy_api/answer_tape.h"
#include "tools/busy_api/behaviour.h"
#include "tools/busy_api/call.h"
#include "tools/busy_api/rate_headers.h"
#include "tools/busy_api/service.h"
#include "tools/busy_api/settings.h"

namespace lull {

// What an answer is made from besides its behaviour. The references outlive the call only.
struct AnswerFacts {
  const Call& call;
  const Service& service;
  const Settings& settings;
  absl::Time now;
  std::string key;  // the Authorization header, for behaviours that echo it
  RateState rate;
  bool head_sent = false;  // the call has waited in line, so its head went out before
};

AnswerTape ComposeAnswer(const Behaviour& behaviour, const AnswerFacts& facts);

// The head that a waiting call gets at once, and what it gets while it waits.
HttpHeaders WaitingHeaders(const AnswerFacts& facts);
std::string KeepAlive(bool stream);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ANSWER_COMPOSER_H_
