// Makes a text from outside fit to be stored and logged. Pure.
#ifndef LULL_WORKER_REDACT_H_
#define LULL_WORKER_REDACT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "worker/secret.h"

namespace lull {

// The longest error message that is stored, in bytes.
inline constexpr size_t kErrorTextBytesMax = 1024;

// Returns `text` as valid UTF-8 without control characters, at most `bytes_max` bytes long (cut
// with an ellipsis), in which "[redacted]" stands for
// - the secret, and any part of it that is at least 8 bytes long,
// - what follows "Bearer ",
// - words that look like an API key, such as "sk-…" or "AIza…".
// Providers echo keys in their error messages, whole or in part. `bytes_max` is at least 16.
std::string Redact(absl::string_view text, const Secret& secret,
                   size_t bytes_max = kErrorTextBytesMax);

}  // namespace lull

#endif  // LULL_WORKER_REDACT_H_
