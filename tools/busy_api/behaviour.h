// How one call is answered, exactly: what a script asks for and a preset names. The default is an
// ordinary, correct answer.
#ifndef LULL_TOOLS_BUSY_API_BEHAVIOUR_H_
#define LULL_TOOLS_BUSY_API_BEHAVIOUR_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tools/busy_api/field.h"

namespace lull {

// What each member means stands in the table in behaviour.cc, which also makes the documentation.
struct Behaviour {
  std::string name = "ok";  // of the preset it began as; the ledger's `cause`

  int64_t status = 200;
  std::string error_message;
  std::string error_type;
  std::string error_code;
  std::string dialect;
  std::string body;
  std::string content_type;
  std::string location;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string hint = "none";
  double hint_s = 1;
  std::string should_retry;
  std::string rate_headers;
  double rate_reset_s = 1;
  bool echo_key = false;

  double head_wait_s = -1;
  double first_content_s = -1;
  double queue_s = 0;
  double keep_alive_s = -1;
  double chunk_wait_s = -1;
  int64_t stall_after_chunks = -1;
  double stall_s = 0;
  int64_t drip_bytes = 0;
  double drip_wait_s = 0.1;
  bool never = false;

  int64_t output_tokens = -1;
  int64_t reasoning_tokens = -1;
  int64_t cached_tokens = -1;
  std::string finish_reason;
  bool omit_finish = false;
  bool omit_usage = false;
  bool omit_done = false;
  bool half_emoji = false;

  int64_t error_after_chunks = -1;
  int64_t cut_after_chunks = -1;
  int64_t cut_after_bytes = -1;
  std::string end = "keep";
  int64_t content_length_extra = 0;

  std::string hostile;
  int64_t hostile_bytes = 1 << 30;

  std::string slot = "auto";
  std::string billed = "auto";

  bool is_error() const {
    return status >= 400 || !error_message.empty() || !error_type.empty() || !error_code.empty();
  }
  // Whether the call is worked on, as opposed to turned away.
  bool takes_slot() const;
  bool is_billed() const;
};

absl::Span<const Field<Behaviour>> BehaviourFields();

// `text` is a preset's name or a JSON object; its member "preset" is what the other members change.
// INVALID_ARGUMENT names the member, its value and what is allowed.
absl::StatusOr<Behaviour> ParseBehaviour(absl::string_view text);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_BEHAVIOUR_H_
