// What busy providers are known to answer, and what the worker makes of it: one row per fact, each
// of which is a row of docs/answers.md too.
#ifndef LULL_TESTS_WORKER_ANSWER_TABLE_H_
#define LULL_TESTS_WORKER_ANSWER_TABLE_H_

#include <vector>

#include "absl/time/time.h"
#include "proto/attempt.pb.h"

namespace lull {

struct AnswerEnd {
  v1::Outcome outcome;
  v1::Billed billed;
};

struct AnswerRow {
  const char* name;    // the first cell of the page's row
  const char* script;  // of busy_api: a preset's name or a JSON object
  AnswerEnd plain;
  AnswerEnd streamed;
  const char* error = "";                                 // a part of the error's text
  absl::Duration retry_after = absl::InfiniteDuration();  // infinite: no hint
  const char* finish_reason = "stop";                     // of an answer
};

const std::vector<AnswerRow>& AnswerTable();

}  // namespace lull

#endif  // LULL_TESTS_WORKER_ANSWER_TABLE_H_
