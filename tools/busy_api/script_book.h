// Answers that tests have ordered in advance: "calls that contain M get these, one after the
// other". Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_SCRIPT_BOOK_H_
#define LULL_TOOLS_BUSY_API_SCRIPT_BOOK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/busy_api/behaviour.h"

namespace lull {

class ScriptBook {
 public:
  // What a call is matched by.
  struct Seen {
    absl::string_view body;
    absl::string_view model;
    absl::string_view path;
    absl::string_view request_id;
  };

  // Adds the rule of a JSON object:
  //   {"match": {"contains": …, "model": …, "path": …, "request_id": …},   each optional
  //    "answers": [script or preset name, …],                              at least one
  //    "repeat": false}                                                    true: begin again at the
  //    end
  // Returns its id. INVALID_ARGUMENT says what is wrong; RESOURCE_EXHAUSTED at 10,000 rules.
  absl::StatusOr<int64_t> Add(absl::string_view json);

  // The next answer of the oldest rule that matches and has any left.
  std::optional<Behaviour> Take(const Seen& seen);

  void Clear() { rules_.clear(); }
  // [{"id":…,"taken":…,"left":…}, …]; left is -1 for a rule that repeats.
  std::string Json() const;

 private:
  struct Rule {
    int64_t id = 0;
    std::string contains;
    std::string model;
    std::string path;
    std::string request_id;
    std::vector<Behaviour> answers;
    bool repeat = false;
    int64_t taken = 0;

    bool Matches(const Seen& seen) const;
    bool IsSpent() const { return !repeat && taken >= static_cast<int64_t>(answers.size()); }
  };

  int64_t next_id_ = 1;
  std::vector<Rule> rules_;  // oldest first
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_SCRIPT_BOOK_H_
