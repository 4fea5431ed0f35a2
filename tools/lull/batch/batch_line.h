// A line of an input file in OpenAI's batch format:
//   {"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": {…}}
#ifndef LULL_TOOLS_LULL_BATCH_BATCH_LINE_H_
#define LULL_TOOLS_LULL_BATCH_BATCH_LINE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

struct BatchLine {
  // Not empty; at most 256 bytes.
  std::string custom_id;
  // Always "POST".
  std::string method;
  // A path such as "/v1/chat/completions".
  std::string url;
  // The JSON object, byte for byte as it stands in the line.
  std::string body;
};

// Parses lines; reuses its memory from one line to the next. Not thread-safe.
class BatchLineParser {
 public:
  BatchLineParser();
  ~BatchLineParser();
  BatchLineParser(BatchLineParser&&) noexcept;
  BatchLineParser& operator=(BatchLineParser&&) noexcept;

  // Fails with INVALID_ARGUMENT, naming every fault of the line.
  absl::StatusOr<BatchLine> Parse(absl::string_view text);

  // The custom_id of a line of an answer or error file. Fails with INVALID_ARGUMENT if the text is
  // not a JSON object with one.
  absl::StatusOr<std::string> ParseCustomId(absl::string_view text);

 private:
  struct Parsers;
  std::unique_ptr<Parsers> parsers_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_BATCH_LINE_H_
