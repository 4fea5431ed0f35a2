// What busy providers are known to answer, and what the worker makes of it: one row per fact, each
// of which is a row of docs/answers.md too.
#ifndef LULL_TESTS_WORKER_ANSWER_TABLE_H_
#define LULL_TESTS_WORKER_ANSWER_TABLE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "proto/attempt.pb.h"

namespace lull {

struct AnswerEnd {
  v1::Outcome outcome;
  v1::Billed billed;
};

// What becomes of the job.
enum class Then {
  kDone,          // it has its answer
  kAgain,         // another attempt; this one does not count
  kAgainCounted,  // another attempt, unless this was the last that the job may have
  kFails,
  kOperator,  // it waits; its upstream is parked until an operator or a probe has mended it
  kReset,     // it waits until the quota is whole again
  kCancelled,
};
// As docs/answers.md calls it.
const char* NameOf(Then then);

// In place of a script, where the call goes (DeadEnds): nothing listens there; nothing takes the
// connection; the certificate is not trusted; not a loopback address and no TLS; not an origin that
// the key may be sent to; a peer that ends each HTTP/2 stream with REFUSED_STREAM, with
// HTTP_1_1_REQUIRED (and answers over HTTP/1.1), with a GOAWAY that leaves the stream out.
inline constexpr char kNoServer[] = "";
inline constexpr char kSilentServer[] = "silent";
inline constexpr char kUntrustedServer[] = "untrusted";
inline constexpr char kPlainOrigin[] = "plain";
inline constexpr char kForeignOrigin[] = "foreign";
inline constexpr char kRefusingPeer[] = "refusing";
inline constexpr char kHttp11Peer[] = "http11";
inline constexpr char kLeavingPeer[] = "leaving";
// The user cancels the job while the call is under way, as this script makes sure that it is.
inline constexpr char kCancelledCall[] = "never";

inline constexpr char kChatPath[] = "/v1/chat/completions";
inline constexpr char kEmbeddingsPath[] = "/v1/embeddings";

// Tokens as the answer's `usage` counts them.
struct UsageFacts {
  int64_t cached = 0;
  int64_t completion = 0;
  int64_t reasoning = 0;
};

struct AnswerRow {
  const char* name;    // the first cell of the page's row
  const char* script;  // of busy_api: a preset's name or a JSON object
  AnswerEnd plain;
  AnswerEnd streamed;
  Then then;
  const char* error = "";                                 // a part of the error's text
  absl::Duration retry_after = absl::InfiniteDuration();  // infinite: no hint
  const char* finish_reason = "stop";                     // of an answer
  // Where a gateway in front (nginx) answers in its own way.
  std::optional<AnswerEnd> gateway = std::nullopt;
  const char* path = kChatPath;
  std::optional<UsageFacts> usage = std::nullopt;
};

// Whether the row's hint names a time of day: in whole seconds, and by the upstream's clock.
bool IsTimeOfDay(const AnswerRow& row);

const std::vector<AnswerRow>& AnswerTable();

// Answers that mean harm. What they come to is said by rows of the page, too.
const std::vector<AnswerRow>& HostileTable();

}  // namespace lull

#endif  // LULL_TESTS_WORKER_ANSWER_TABLE_H_
