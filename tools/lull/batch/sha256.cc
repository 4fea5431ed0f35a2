#include "tools/lull/batch/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace lull {
namespace {

// The digest functions fail only when memory runs out, which nothing here can go on from.
void Must(int openssl_result) {
  if (openssl_result != 1) std::abort();
}

}  // namespace

void Sha256::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Must(context_ != nullptr);
  Must(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::Update(absl::string_view data) {
  Must(EVP_DigestUpdate(context_.get(), data.data(), data.size()));
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  Must(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
  return digest;
}

Sha256Digest Sha256Of(absl::string_view data) {
  Sha256 sha256;
  sha256.Update(data);
  return sha256.Finish();
}

std::string HexOf(const Sha256Digest& digest) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace lull
