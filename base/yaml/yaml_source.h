#ifndef LULL_BASE_YAML_YAML_SOURCE_H_
#define LULL_BASE_YAML_YAML_SOURCE_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

// One YAML file while it is read: on which line each value stands, and everything that is wrong
// with it. The reader fills it; checks of meaning then add their own errors by the path of the
// value, so that a person gets all errors of a file at once, each with its line.
//
// A path is the keys from the top, e.g. "classes[2].limits.requests.count". Not thread-safe.
class YamlSource {
 public:
  // `file_name` is only for messages.
  explicit YamlSource(std::string file_name);

  void SetLine(const std::string& path, int line);
  // Whether the file has a value there.
  bool Has(absl::string_view path) const { return lines_.contains(path); }
  // The line of the value, or of the nearest value around it if the file does not have it; 1 for
  // the file as a whole. From 1.
  int LineOf(absl::string_view path) const;

  // Notes that the value at `path` is wrong: "FILE:LINE: PATH: WHAT". `what` says what is wrong,
  // with which value, and what is allowed. Only the first error of a path is kept, since the others
  // follow from it.
  void AddError(absl::string_view path, absl::string_view what);
  // The same for a thing that has no path, or another line than its path.
  void AddErrorAt(int line, absl::string_view path, absl::string_view what);
  // Says that the value at `path` was meant to be there and already caused an error elsewhere, so
  // that its absence is not reported as well.
  void Excuse(absl::string_view path);

  bool ok() const { return error_count_ == 0; }
  // OK, or INVALID_ARGUMENT with one line for each error, in the order of the file; at most 100.
  absl::Status status() const;

 private:
  struct Error {
    int line;
    std::string text;
  };

  const std::string file_name_;
  absl::flat_hash_map<std::string, int> lines_;
  absl::flat_hash_set<std::string> faulty_paths_;
  std::vector<Error> errors_;
  int error_count_ = 0;
};

// The value for a message: control characters and quotes escaped, cut after 60 bytes.
std::string ShownValue(absl::string_view value);
// The same in quotes.
std::string QuotedValue(absl::string_view value);

}  // namespace lull

#endif  // LULL_BASE_YAML_YAML_SOURCE_H_
