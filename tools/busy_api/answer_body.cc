#include "tools/busy_api/answer_body.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/busy_api/chat_answer.h"
#include "tools/busy_api/embedding_answer.h"
#include "tools/busy_api/error_body.h"
#include "tools/busy_api/retry_hint.h"

namespace lull {
namespace {

using Piece = AnswerTape::Piece;

std::string ErrorJson(const Behaviour& behaviour, const AnswerFacts& facts) {
  ErrorFacts error;
  error.status = static_cast<int>(behaviour.status);
  error.message = behaviour.error_message;
  if (behaviour.echo_key) absl::StrAppend(&error.message, " You sent: ", facts.key);
  error.type = behaviour.error_type;
  error.code = behaviour.error_code;
  error.hint = ParseRetryHintForm(behaviour.hint).value_or(RetryHintForm::kNone);
  error.hint_delay = absl::Seconds(behaviour.hint_s);
  return ErrorBody(behaviour.dialect.empty() ? facts.settings.dialect : behaviour.dialect, error);
}

ChatAnswer MakeChatAnswer(const Behaviour& behaviour, const AnswerFacts& facts) {
  const Service& service = facts.service;
  ChatAnswer answer;
  answer.id = service.id;
  answer.created = service.created;
  answer.model = facts.call.model;
  answer.content = AnswerText(facts.call.content_hash,
                              service.usage.completion_tokens - service.usage.reasoning_tokens);
  if (service.usage.reasoning_tokens > 0) {
    answer.reasoning = AnswerText("Let me think:", service.usage.reasoning_tokens);
  }
  answer.finish_reason =
      behaviour.finish_reason.empty() ? service.finish_reason : behaviour.finish_reason;
  answer.half_emoji = behaviour.half_emoji;
  if (behaviour.omit_finish) answer.finish_reason.reset();
  answer.dialect = behaviour.dialect.empty() ? facts.settings.dialect : behaviour.dialect;
  const bool usage_wanted = !facts.call.stream || facts.call.include_usage;
  if (usage_wanted && !behaviour.omit_usage) answer.usage = service.usage;
  return answer;
}

void AddEvents(std::vector<std::string> events, std::vector<Piece>* pieces) {
  for (std::string& event : events) pieces->push_back({absl::ZeroDuration(), std::move(event)});
}

// The content events with their waits, as many as are to come; true if something ends the stream
// among them.
bool AddContent(const Behaviour& behaviour, const AnswerFacts& facts,
                std::vector<std::string> content, std::vector<Piece>* pieces) {
  const int64_t count = static_cast<int64_t>(content.size());
  const absl::Duration step =
      behaviour.chunk_wait_s >= 0
          ? absl::Seconds(behaviour.chunk_wait_s)
          : (facts.service.total - facts.service.first) / std::max<int64_t>(count, 1);
  for (int64_t i = 0; i < count; ++i) {
    if (i == behaviour.cut_after_chunks || i == behaviour.error_after_chunks) return true;
    absl::Duration wait = i == 0 ? absl::ZeroDuration() : step;
    if (i == behaviour.stall_after_chunks) wait += absl::Seconds(behaviour.stall_s);
    pieces->push_back({wait, std::move(content[static_cast<size_t>(i)])});
  }
  return false;
}

AnswerBody ComposeEvents(const Behaviour& behaviour, const AnswerFacts& facts) {
  AnswerBody body;
  body.events = true;
  body.first_wait = behaviour.takes_slot() ? facts.service.first : absl::ZeroDuration();
  if (!behaviour.is_error() || behaviour.error_after_chunks >= 0) {
    ChatEvents events =
        ChatCompletionEvents(MakeChatAnswer(behaviour, facts), facts.settings.chunk_tokens);
    AddEvents(std::move(events.opening), &body.pieces);
    body.first_content = body.pieces.size();
    const bool ended = AddContent(behaviour, facts, std::move(events.content), &body.pieces);
    if (ended && !behaviour.is_error()) return body;
    if (!ended) AddEvents(std::move(events.closing), &body.pieces);
  }
  if (behaviour.is_error()) {
    body.pieces.push_back(
        {absl::ZeroDuration(), absl::StrCat("data: ", ErrorJson(behaviour, facts), "\n\n")});
  }
  if (!behaviour.omit_done) {
    body.pieces.push_back({absl::ZeroDuration(), std::string(kDoneEvent)});
  }
  return body;
}

}  // namespace

std::string WholeAnswerJson(const Behaviour& behaviour, const AnswerFacts& facts) {
  if (facts.call.kind == Call::Kind::kChat) {
    return ChatCompletionJson(MakeChatAnswer(behaviour, facts));
  }
  const int64_t dimensions = facts.call.dimensions.value_or(facts.settings.embedding_dimensions);
  std::optional<Usage> usage;
  if (!behaviour.omit_usage) usage = facts.service.usage;
  return EmbeddingsJson(facts.call.model, facts.call.inputs, dimensions, facts.call.base64, usage);
}

AnswerBody ComposeBody(const Behaviour& behaviour, const AnswerFacts& facts) {
  const bool success = behaviour.status >= 200 && behaviour.status < 300;
  if (success && facts.call.stream && behaviour.body.empty()) {
    return ComposeEvents(behaviour, facts);
  }
  AnswerBody body;
  body.first_wait = behaviour.takes_slot() ? facts.service.total : absl::ZeroDuration();
  std::string text;
  if (!behaviour.body.empty()) {
    text = behaviour.body;
  } else if (behaviour.is_error()) {
    text = ErrorJson(behaviour, facts);
  } else if (success) {
    text = WholeAnswerJson(behaviour, facts);
  }
  body.pieces.push_back({absl::ZeroDuration(), std::move(text)});
  return body;
}

}  // namespace lull
