// What the JSON body of an upstream's answer says. Pure, and never fails: a body from outside may
// be anything, and every fact that cannot be read is absent.
#ifndef LULL_WORKER_ANSWER_BODY_H_
#define LULL_WORKER_ANSWER_BODY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"
#include "proto/attempt.pb.h"

namespace lull {

// The deepest nesting of objects and arrays that is read.
inline constexpr size_t kJsonDepthMax = 128;

// The most memory that a body may take while it is read, itself included. An answer of 8,000 tokens
// with 20 alternatives each, and the bytes of all of them, is about 10 MB and takes 55 MiB.
inline constexpr size_t kJsonReadBytesMax = size_t{56} << 20;

// A body with so much spare capacity is read without a copy of it.
inline constexpr size_t kJsonPadding = 64;

// An error object, in any of the shapes that providers use.
struct AnswerError {
  // What it is called: `code`, `type`, `status`, and the reasons and quota names of its details.
  std::vector<std::string> names;
  std::string message;
  // A numeric `code` that is an HTTP status from 400 to 599.
  std::optional<int> http_status;
  // `retry_after` in seconds, or the delay of a google.rpc.RetryInfo.
  std::optional<absl::Duration> retry_after;
  // Headers of the refusal that a gateway passes on inside the error (OpenRouter).
  HttpHeaders headers;
  // A moderation flagged the input: the request's fault, whatever the status says.
  bool input_flagged = false;
};

struct AnswerBody {
  enum class Form {
    kEmpty,      // nothing but white space
    kNotJson,    // not JSON in UTF-8
    kTooDeep,    // nested deeper than kJsonDepthMax
    kTooDense,   // takes more than kJsonReadBytesMax, since it has so many values
    kNotObject,  // JSON, but neither an object nor an array around one object
    kObject,
  };
  Form form = Form::kEmpty;
  std::optional<AnswerError> error;
  // It has a list `choices`, with at least one element in it.
  bool has_choices = false;
  // The same of a list `data`, in which embeddings come.
  bool has_data = false;
  // The finish reason that says most about the answer among those of all choices: an unknown or
  // missing one, then content_filter, then length, then the first. "" when it is missing.
  std::string finish_reason;
  std::string model;
  std::optional<v1::Usage> usage;
};

// Whether `reason` is one that ends an answer: stop, length, tool_calls, content_filter or
// function_call.
bool IsKnownFinishReason(absl::string_view reason);

// The finish reason of an upstream that gave up in the middle of an answer (DeepSeek).
inline constexpr absl::string_view kInterruptedFinishReason = "insufficient_system_resource";

// `refused`: the status says that it is no answer, so that the whole object is read as an error if
// it holds no `error`. A number that nothing holds is read as null.
AnswerBody ReadAnswerBody(const std::string& body, bool refused);

}  // namespace lull

#endif  // LULL_WORKER_ANSWER_BODY_H_
