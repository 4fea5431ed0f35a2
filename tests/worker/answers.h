// Answers of upstreams, as the tests of their classification write them.
#ifndef LULL_TESTS_WORKER_ANSWERS_H_
#define LULL_TESTS_WORKER_ANSWERS_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "worker/classify_answer.h"
#include "worker/http_answer.h"
#include "worker/secret.h"

namespace lull {

inline constexpr char kChat[] = "/v1/chat/completions";
inline constexpr char kKey[] = "sk-canary-4f1d9c2e7b8a";
inline constexpr char kGood[] =
    R"({"id":"x","model":"m-1","choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":12,"completion_tokens":3}})";

inline const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 11, 23, 12, 0, 0), absl::UTCTimeZone());

inline HttpAnswer Answered(int status, std::string body, HttpHeaders headers = {}) {
  HttpAnswer answer;
  answer.end = HttpEnd::kAnswered;
  answer.written = true;
  answer.began = true;
  answer.framed = true;
  answer.status = status;
  answer.headers = std::move(headers);
  answer.body = std::move(body);
  return answer;
}

inline v1::AttemptResult Classify(HttpAnswer answer, absl::string_view path = kChat) {
  return ClassifyAnswer(std::move(answer), path, Secret(kKey), kNow);
}

inline std::string Error(absl::string_view fields) {
  return absl::StrCat("{\"error\":{", fields, "}}");
}

inline std::string Finished(absl::string_view reason) {
  return absl::StrReplaceAll(kGood, {{"\"stop\"", reason}});
}

}  // namespace lull

#endif  // LULL_TESTS_WORKER_ANSWERS_H_
