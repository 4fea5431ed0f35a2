// Bodies as they stand in the file: as they are, or compressed with zstd where that saves space.
#ifndef LULL_STORAGE_SQLITE_BODY_CODEC_H_
#define LULL_STORAGE_SQLITE_BODY_CODEC_H_

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

// No body is longer; SQLite keeps no longer value either.
inline constexpr int64_t kMaxBodyBytes = 1000 * 1000 * 1000;

// A body ready to be bound. The view is of the body given, or of the compressor's buffer.
struct PackedBody {
  absl::string_view bytes;
  std::optional<int64_t> unpacked_size;  // set: `bytes` are compressed
};

// Not thread-safe. Owned by the writer.
class BodyCompressor {
 public:
  explicit BodyCompressor(int64_t compress_above_bytes);

  // Valid until the next call, and as long as `body`. INTERNAL if zstd fails.
  absl::StatusOr<PackedBody> Pack(absl::string_view body);

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  const int64_t compress_above_bytes_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::string buffer_;
};

// DATA_LOSS if the bytes are not what Pack made. Takes no more memory than `unpacked_size` says,
// which is bounded.
absl::StatusOr<std::string> UnpackBody(const PackedBody& packed);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_BODY_CODEC_H_
