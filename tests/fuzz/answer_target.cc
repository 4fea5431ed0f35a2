// A body, and the same as an event of a stream: always a record, never the key, and what a stream
// adds up to is JSON again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "worker/answer_body.h"
#include "worker/classify_answer.h"
#include "worker/http_answer.h"
#include "worker/secret.h"
#include "worker/streamed_answer.h"

namespace {

constexpr int64_t kBytesMax = 4096;

void Classify(std::string body, int status, bool streamed) {
  lull::HttpAnswer answer;
  answer.end = lull::HttpEnd::kAnswered;
  answer.written = answer.began = answer.framed = true;
  answer.status = status;
  answer.streamed = streamed;
  answer.body = std::move(body);
  const lull::v1::AttemptResult result =
      lull::ClassifyAnswer(std::move(answer), "/v1/chat/completions",
                           lull::Secret("sk-canary-0123"), absl::FromUnixSeconds(1'700'000'000));
  if (result.outcome() == lull::v1::OUTCOME_UNSPECIFIED) abort();
  if (result.billed() == lull::v1::BILLED_UNSPECIFIED) abort();
  if (result.error().message().find("sk-canary-0123") != std::string::npos) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 400, 429, 500}) Classify(text, status, false);
  lull::StreamedAnswer answer(kBytesMax);
  for (const absl::string_view event : absl::StrSplit(text, '\n')) {
    if (!event.empty()) answer.Take(event);
  }
  const bool open = answer.state() != lull::StreamedAnswer::State::kUnusable;
  std::string body = answer.TakeBody();
  const lull::AnswerBody::Form form = lull::ReadAnswerBody(body, false).form;
  if (open && form != lull::AnswerBody::Form::kObject && form != lull::AnswerBody::Form::kEmpty) {
    abort();
  }
  Classify(std::move(body), 200, true);
  return 0;
}
