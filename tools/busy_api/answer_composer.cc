#include "tools/busy_api/answer_composer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/busy_api/answer_body.h"
#include "tools/busy_api/hostile_body.h"
#include "tools/busy_api/retry_hint.h"

namespace lull {
namespace {

using Piece = AnswerTape::Piece;

// Stands for ever: longer than any client waits, and a number of timers can hold.
constexpr absl::Duration kNever = absl::Hours(24 * 365);
// Where a whole answer is cut when the behaviour counts in chunks of a stream.
constexpr int64_t kWholeCutBytes = 100;

absl::Duration SecondsOr(double seconds, absl::Duration otherwise) {
  return seconds < 0 ? otherwise : absl::Seconds(seconds);
}

absl::string_view ContentType(const Behaviour& behaviour, const Call& call) {
  if (!behaviour.content_type.empty()) return behaviour.content_type;
  return call.stream && behaviour.status == 200 ? "text/event-stream" : "application/json";
}

HttpHeaders Headers(const Behaviour& behaviour, const AnswerFacts& facts) {
  HttpHeaders headers;
  headers.Add("Content-Type", ContentType(behaviour, facts.call));
  // A refused call is not served and has no answer's id.
  headers.Add("x-request-id", facts.service.id.empty() ? absl::StrCat("req_", facts.call.number)
                                                       : absl::StrCat("req_", facts.service.id));
  AddRetryHeader(ParseRetryHintForm(behaviour.hint).value_or(RetryHintForm::kNone),
                 absl::Seconds(behaviour.hint_s), facts.now, &headers);
  if (!behaviour.should_retry.empty()) headers.Add("x-should-retry", behaviour.should_retry);
  if (behaviour.rate_headers.empty()) {
    AddRateHeaders(facts.settings.rate_headers, facts.rate, facts.now, &headers);
  } else {
    RateState exhausted = facts.rate;
    for (RateState::Window* window : {&exhausted.requests, &exhausted.tokens}) {
      window->limit = std::max<int64_t>(window->limit, 1);
      window->remaining = 0;
      window->reset = absl::Seconds(behaviour.rate_reset_s);
    }
    AddRateHeaders(behaviour.rate_headers, exhausted, facts.now, &headers);
  }
  if (!behaviour.location.empty()) headers.Add("Location", behaviour.location);
  for (const auto& [name, value] : behaviour.headers) headers.Set(name, value);
  return headers;
}

// Keep-alives first, so that the waits of the content begin when they end.
void PrependQueue(const Behaviour& behaviour, const AnswerFacts& facts,
                  std::vector<Piece>* pieces) {
  if (behaviour.queue_s <= 0) return;
  const double every =
      behaviour.keep_alive_s > 0 ? behaviour.keep_alive_s : facts.settings.keep_alive_s;
  const int64_t times = std::max<int64_t>(1, std::llround(behaviour.queue_s / every));
  pieces->insert(pieces->begin(), Piece{absl::Seconds(every), KeepAlive(facts.call.stream), times});
}

// Leaves the first `size` bytes.
void Truncate(int64_t size, std::vector<Piece>* pieces) {
  size_t kept = 0;
  for (; kept < pieces->size() && size > 0; ++kept) {
    Piece& piece = (*pieces)[kept];
    const int64_t bytes = static_cast<int64_t>(piece.bytes.size());
    if (bytes == 0) continue;
    if (bytes * piece.repeat <= size) {
      size -= bytes * piece.repeat;
    } else if (size >= bytes) {
      piece.repeat = size / bytes;
      size = 0;
    } else {
      piece.bytes.resize(static_cast<size_t>(size));
      piece.repeat = 1;
      size = 0;
    }
  }
  pieces->resize(kept);
}

std::vector<Piece> Drip(const Behaviour& behaviour, std::vector<Piece> pieces) {
  if (behaviour.drip_bytes <= 0) return pieces;
  const size_t size = static_cast<size_t>(behaviour.drip_bytes);
  std::vector<Piece> drops;
  for (const Piece& piece : pieces) {
    if (piece.repeat != 1) {
      drops.push_back(piece);
      continue;
    }
    for (size_t i = 0; i < piece.bytes.size(); i += size) {
      const absl::Duration wait = i == 0 ? piece.wait : absl::ZeroDuration();
      drops.push_back({wait + absl::Seconds(behaviour.drip_wait_s), piece.bytes.substr(i, size)});
    }
  }
  return drops;
}

int64_t TotalBytes(const std::vector<Piece>& pieces) {
  int64_t total = 0;
  for (const Piece& piece : pieces) {
    total += static_cast<int64_t>(piece.bytes.size()) * piece.repeat;
  }
  return total;
}

AnswerTape::End EndOf(const Behaviour& behaviour) {
  if (behaviour.end == "close") return AnswerTape::End::kClose;
  if (behaviour.end == "reset") return AnswerTape::End::kReset;
  return AnswerTape::End::kKeepAlive;
}

// Makes the head a piece of its own, with a Content-Length that need not be true.
void MakeRaw(int64_t content_length, AnswerTape* tape) {
  tape->headers.Set("Content-Length", absl::StrCat(content_length));
  tape->pieces.insert(tape->pieces.begin(),
                      Piece{absl::ZeroDuration(),
                            absl::StrCat(FormatHttpHead(tape->status, tape->headers), "\r\n")});
  tape->framing = AnswerTape::Framing::kRaw;
}

// An end without a status line.
AnswerTape ComposeSilence(const Behaviour& behaviour, const AnswerFacts& facts) {
  AnswerTape tape;
  tape.status = 0;
  tape.framing = AnswerTape::Framing::kRaw;
  tape.head_wait = behaviour.never ? kNever
                                   : SecondsOr(behaviour.head_wait_s, behaviour.takes_slot()
                                                                          ? facts.service.total
                                                                          : absl::ZeroDuration());
  tape.end = behaviour.end == "reset" ? AnswerTape::End::kReset : AnswerTape::End::kClose;
  return tape;
}

}  // namespace

std::string KeepAlive(bool stream) { return stream ? ": keep-alive\n\n" : "\n"; }

HttpHeaders WaitingHeaders(const AnswerFacts& facts) { return Headers(Behaviour(), facts); }

AnswerTape ComposeAnswer(const Behaviour& behaviour, const AnswerFacts& facts) {
  if (behaviour.status == 0 || behaviour.never) return ComposeSilence(behaviour, facts);

  AnswerTape tape;
  tape.status = static_cast<int>(behaviour.status);
  tape.headers = Headers(behaviour, facts);
  AnswerBody body = behaviour.hostile.empty() ? ComposeBody(behaviour, facts)
                                              : ComposeHostileBody(behaviour, facts, &tape.headers);
  tape.pieces = std::move(body.pieces);
  const int64_t promised = TotalBytes(tape.pieces) + behaviour.content_length_extra;

  int64_t cut = behaviour.cut_after_bytes;
  if (cut < 0 && behaviour.cut_after_chunks >= 0 && !body.events) cut = kWholeCutBytes;
  if (cut >= 0) Truncate(cut, &tape.pieces);

  const bool head_first = behaviour.head_wait_s >= 0 || behaviour.first_content_s >= 0 ||
                          behaviour.queue_s > 0 || behaviour.drip_bytes > 0;
  tape.head_wait =
      SecondsOr(behaviour.head_wait_s, head_first ? absl::ZeroDuration() : body.first_wait);
  const size_t slow = behaviour.first_content_s >= 0 ? body.first_content : 0;
  if (head_first && slow < tape.pieces.size()) {
    tape.pieces[slow].wait += SecondsOr(behaviour.first_content_s, body.first_wait);
  }
  tape.pieces = Drip(behaviour, std::move(tape.pieces));
  PrependQueue(behaviour, facts, &tape.pieces);
  tape.end = EndOf(behaviour);
  if (body.events || body.unbounded || head_first || facts.head_sent) {
    tape.framing = AnswerTape::Framing::kStream;
    tape.head_sent = facts.head_sent;
  }
  const bool broken =
      behaviour.content_length_extra != 0 || (cut >= 0 && tape.end != AnswerTape::End::kKeepAlive);
  if (broken && tape.framing == AnswerTape::Framing::kWhole) MakeRaw(promised, &tape);
  return tape;
}

}  // namespace lull
