// SHA-256 of data that comes in pieces.
#ifndef LULL_TOOLS_LULL_BATCH_SHA256_H_
#define LULL_TOOLS_LULL_BATCH_SHA256_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX.

namespace lull {

using Sha256Digest = std::array<uint8_t, 32>;

// One digest. Not thread-safe.
class Sha256 {
 public:
  Sha256();

  void Update(absl::string_view data);

  // Ends the digest; nothing may be added afterwards.
  Sha256Digest Finish();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

Sha256Digest Sha256Of(absl::string_view data);

// 64 lower-case hexadecimal digits.
std::string HexOf(const Sha256Digest& digest);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_SHA256_H_
