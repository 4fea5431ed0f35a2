#include "worker/redact.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr absl::string_view kMask = "[redacted]";
constexpr absl::string_view kEllipsis = "…";
constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
// Masks can only shorten the text, so more than `bytes_max` is looked at; but never a whole body.
constexpr size_t kLookedAtFactor = 4;
constexpr size_t kSharedRunMin = 8;
constexpr size_t kSecretMin = 4;
constexpr size_t kKeyWordMin = 8;

constexpr absl::string_view kKeyPrefixes[] = {"sk-",  "sk_",    "pk-", "rk-", "gsk_", "xai-",
                                              "AIza", "nvapi-", "hf_", "r8_", "ghp_", "key-"};

// Length of the valid UTF-8 sequence at the front of `text`, 0 when there is none.
size_t Utf8Length(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if ((first & 0xF0) == 0xE0) {
    if (!tail(1) || !tail(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (first == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;   // overlong
    if (first == 0xF4 && byte(1) >= 0x90) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

std::string CleanUtf8(absl::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) {
      absl::StrAppend(&clean, kReplacement);
    } else if (length == 1 && absl::ascii_iscntrl(static_cast<unsigned char>(text[0]))) {
      clean.push_back(' ');
    } else {
      absl::StrAppend(&clean, text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return clean;
}

// How many bytes at the front of `text` also stand somewhere in `secret`, if enough to matter.
size_t SharedRun(absl::string_view text, absl::string_view secret) {
  if (secret.size() < kSecretMin) return 0;
  if (secret.size() < kSharedRunMin) return absl::StartsWith(text, secret) ? secret.size() : 0;
  if (text.size() < kSharedRunMin) return 0;
  size_t longest = 0;
  for (size_t at = secret.find(text.substr(0, kSharedRunMin)); at != absl::string_view::npos;
       at = secret.find(text.substr(0, kSharedRunMin), at + 1)) {
    size_t run = kSharedRunMin;
    while (run < text.size() && at + run < secret.size() && text[run] == secret[at + run]) ++run;
    longest = std::max(longest, run);
  }
  return longest;
}

bool IsKeyCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
         c == '*';
}

// How many bytes at the front of `text`, which starts a word, look like an API key.
size_t KeyWord(absl::string_view text) {
  for (const absl::string_view prefix : kKeyPrefixes) {
    if (!absl::StartsWithIgnoreCase(text, prefix)) continue;
    const size_t length = std::find_if_not(text.begin(), text.end(), IsKeyCharacter) - text.begin();
    if (length >= kKeyWordMin) return length;
  }
  return 0;
}

// How many bytes at the front of `text` are "Bearer " and its spaces, if a token follows.
size_t BearerPrefix(absl::string_view text) {
  constexpr absl::string_view kBearer = "bearer";
  if (!absl::StartsWithIgnoreCase(text, kBearer)) return 0;
  size_t length = kBearer.size();
  while (length < text.size() && (text[length] == ' ' || text[length] == ':')) ++length;
  return length > kBearer.size() && length < text.size() ? length : 0;
}

std::string Mask(absl::string_view text, absl::string_view secret) {
  std::string masked;
  masked.reserve(text.size());
  bool in_word = false;  // the byte before belongs to a word
  while (!text.empty()) {
    size_t hidden = SharedRun(text, secret);
    if (hidden == 0 && !in_word) {
      hidden = KeyWord(text);
      if (const size_t prefix = BearerPrefix(text); hidden == 0 && prefix > 0) {
        absl::StrAppend(&masked, text.substr(0, prefix));
        text.remove_prefix(prefix);
        hidden = std::min(text.find_first_of(" \"',;)}"), text.size());
      }
    }
    if (hidden > 0) {
      absl::StrAppend(&masked, kMask);
      in_word = IsKeyCharacter(text[hidden - 1]);
    } else {
      hidden = 1;
      in_word = IsKeyCharacter(text[0]);
      masked.push_back(text[0]);
    }
    text.remove_prefix(hidden);
  }
  return masked;
}

std::string Cut(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  absl::StrAppend(&text, kEllipsis);
  return text;
}

}  // namespace

std::string Redact(absl::string_view text, const Secret& secret, size_t bytes_max) {
  const std::string clean = CleanUtf8(text.substr(0, kLookedAtFactor * bytes_max));
  return Cut(Mask(clean, secret.Reveal()), bytes_max);
}

}  // namespace lull
