#include "server/engine/random_stream.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstdlib>

namespace lull {

RandomStream::RandomStream(absl::string_view seed) : cipher_(EVP_CIPHER_CTX_new()) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> key;
  SHA256(reinterpret_cast<const unsigned char*>(seed.data()), seed.size(), key.data());
  const std::array<unsigned char, 16> counter{};
  // Ids from a broken generator would be worse than none.
  if (EVP_EncryptInit_ex(cipher_, EVP_chacha20(), nullptr, key.data(), counter.data()) != 1)
    abort();
}

RandomStream::~RandomStream() { EVP_CIPHER_CTX_free(cipher_); }

uint64_t RandomStream::Next() {
  if (used_ == block_.size()) {
    block_.fill(0);
    auto* bytes = reinterpret_cast<unsigned char*>(block_.data());
    int length = 0;
    if (EVP_EncryptUpdate(cipher_, bytes, &length, bytes, sizeof(block_)) != 1) abort();
    used_ = 0;
  }
  return block_[used_++];
}

double RandomStream::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

}  // namespace lull
