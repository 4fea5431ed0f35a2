#include "storage/sqlite/body_codec.h"

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

// The fastest level: this runs on the thread that commits.
constexpr int kLevel = 1;
// A buffer that one huge body made large is given back.
constexpr size_t kKeptBufferBytes = 4 << 20;

absl::Status Damaged(absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat("a stored body cannot be decompressed (", why, "): the file is damaged"));
}

}  // namespace

BodyCompressor::BodyCompressor(int64_t compress_above_bytes)
    : compress_above_bytes_(compress_above_bytes), context_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

absl::StatusOr<PackedBody> BodyCompressor::Pack(absl::string_view body) {
  const int64_t size = static_cast<int64_t>(body.size());
  if (size <= compress_above_bytes_ || size > kMaxBodyBytes) return PackedBody{body, std::nullopt};
  if (buffer_.capacity() > kKeptBufferBytes) buffer_ = std::string();
  buffer_.resize(ZSTD_compressBound(body.size()));
  const size_t packed =
      ZSTD_compress2(context_.get(), buffer_.data(), buffer_.size(), body.data(), body.size());
  if (ZSTD_isError(packed)) {
    return absl::InternalError(absl::StrCat("zstd cannot compress a body of ", size,
                                            " bytes: ", ZSTD_getErrorName(packed)));
  }
  // A saving of less than an eighth is not worth the decompression at each read.
  if (packed > body.size() - body.size() / 8) return PackedBody{body, std::nullopt};
  return PackedBody{absl::string_view(buffer_.data(), packed), size};
}

absl::StatusOr<std::string> UnpackBody(const PackedBody& packed) {
  if (!packed.unpacked_size.has_value()) return std::string(packed.bytes);
  const int64_t size = *packed.unpacked_size;
  if (size < 0 || size > kMaxBodyBytes) return Damaged(absl::StrCat("its size reads ", size));
  // The frame's own header must agree, so that a damaged column alone cannot make us allocate a
  // gigabyte.
  if (ZSTD_getFrameContentSize(packed.bytes.data(), packed.bytes.size()) !=
      static_cast<uint64_t>(size)) {
    return Damaged("its sizes disagree");
  }
  std::string body(static_cast<size_t>(size), '\0');
  const size_t written =
      ZSTD_decompress(body.data(), body.size(), packed.bytes.data(), packed.bytes.size());
  if (ZSTD_isError(written)) return Damaged(ZSTD_getErrorName(written));
  if (written != body.size())
    return Damaged(absl::StrCat("it ends after ", written, " of ", size, " bytes"));
  return body;
}

}  // namespace lull
