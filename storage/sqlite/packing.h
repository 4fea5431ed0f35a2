// Lists of a row as bytes and back (packed.proto). An empty list is no bytes.
//
// Unpacking fails with DATA_LOSS if the bytes are not what packing wrote.
#ifndef LULL_STORAGE_SQLITE_PACKING_H_
#define LULL_STORAGE_SQLITE_PACKING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/record.h"

namespace lull {

namespace storage {
class PackedAttempts;
}

// Packs one list after another in the same memory.
class AttemptPacker {
 public:
  AttemptPacker();
  ~AttemptPacker();
  absl::string_view Pack(absl::Span<const Attempt> attempts);  // valid until the next call

 private:
  const std::unique_ptr<storage::PackedAttempts> message_;
  std::string packed_;
};

absl::StatusOr<std::vector<Attempt>> UnpackAttempts(absl::string_view packed);

std::string PackLabels(const Labels& labels);
absl::StatusOr<Labels> UnpackLabels(absl::string_view packed);

std::string PackTags(absl::Span<const std::string> tags);
absl::StatusOr<std::vector<std::string>> UnpackTags(absl::string_view packed);

std::string PackKeys(absl::Span<const KeyAdded* const> keys);
absl::StatusOr<std::vector<KeyAdded>> UnpackKeys(absl::string_view packed);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_PACKING_H_
