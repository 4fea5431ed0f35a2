#include "server/api/canonical_hash.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace lull {
namespace {

using Digest = std::array<unsigned char, 32>;

// OpenSSL refuses SHA-256 only where memory is exhausted or the library is broken; there is no hash
// to go on with then.
void Require(int result) {
  if (result != 1) std::abort();
}

Digest Sha256(std::initializer_list<absl::string_view> parts) {
  // EVP_sha256() would be looked up among OpenSSL's providers, under a lock, for every digest.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Require(context != nullptr && sha256 != nullptr
              ? EVP_DigestInit_ex(context.get(), sha256, nullptr)
              : 0);
  for (const absl::string_view part : parts) {
    std::array<char, 8> length;
    for (size_t i = 0; i < length.size(); ++i) {
      length[i] = static_cast<char>(uint64_t{part.size()} >> (56 - 8 * i));
    }
    Require(EVP_DigestUpdate(context.get(), length.data(), length.size()));
    Require(EVP_DigestUpdate(context.get(), part.data(), part.size()));
  }
  Digest digest;
  Require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
  return digest;
}

uint64_t BigEndianAt(const Digest& digest, size_t offset) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | digest[offset + i];
  return value;
}

}  // namespace

std::array<uint64_t, 2> Hash128(std::initializer_list<absl::string_view> parts) {
  const Digest digest = Sha256(parts);
  return {BigEndianAt(digest, 0), BigEndianAt(digest, 8)};
}

uint64_t Hash64(std::initializer_list<absl::string_view> parts) {
  return BigEndianAt(Sha256(parts), 0);
}

std::string SerializeCanonically(const google::protobuf::MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace lull
