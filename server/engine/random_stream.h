// Random numbers that are the same for the same seed, and that nobody can predict who does not know
// it: job ids must not be guessable from other job ids. ChaCha20's key stream, keyed by the SHA-256
// of the seed.
#ifndef LULL_SERVER_ENGINE_RANDOM_STREAM_H_
#define LULL_SERVER_ENGINE_RANDOM_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"

struct evp_cipher_ctx_st;

namespace lull {

class RandomStream {
 public:
  explicit RandomStream(absl::string_view seed);
  ~RandomStream();
  RandomStream(const RandomStream&) = delete;
  RandomStream& operator=(const RandomStream&) = delete;

  uint64_t Next();
  double Uniform();  // in [0, 1)

 private:
  evp_cipher_ctx_st* cipher_;
  std::array<uint64_t, 128> block_;
  size_t used_ = block_.size();
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_RANDOM_STREAM_H_
