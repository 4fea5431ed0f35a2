// What is wrong with a request, all of it: collected field by field, sent as one INVALID_ARGUMENT
// with a google.rpc.BadRequest.
#ifndef LULL_SERVER_API_VIOLATIONS_H_
#define LULL_SERVER_API_VIOLATIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

// Of a field of the API that this version does nothing with: better refused than silently not done.
inline constexpr absl::string_view kUnsupported =
    "is not supported by this version of the server; leave it out";

class Violations {
 public:
  // `field` is the path in the request message, e.g. "job.request.body". `description` says what is
  // wrong, with which value, and what is allowed.
  void Add(absl::string_view field, absl::string_view description);
  // Of a check that gives what is wrong, if something is.
  void AddIf(absl::string_view field, const std::optional<std::string>& description) {
    if (description) Add(field, *description);
  }

  bool empty() const { return count_ == 0; }
  int64_t count() const { return count_; }

  // OK if there are none. The details hold as many as fit into a trailer that clients accept by
  // default (8 KiB with the message); the message says how many there are and gives the first.
  absl::Status ToStatus() const;

 private:
  struct Violation {
    std::string field;
    std::string description;
  };
  std::vector<Violation> kept_;
  size_t kept_bytes_ = 0;
  int64_t count_ = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_API_VIOLATIONS_H_
