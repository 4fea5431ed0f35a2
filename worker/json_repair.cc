#include "worker/json_repair.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "worker/json_string.h"

namespace lull {
namespace {

constexpr size_t kEscapeBytes = 6;  // \ud83d

// The unit of the escape \uXXXX at `at`; 0 if none is there.
uint32_t UnitAt(absl::string_view json, size_t at) {
  if (json.size() < at + kEscapeBytes || json[at] != '\\' || json[at + 1] != 'u') return 0;
  uint32_t unit = 0;
  for (size_t i = at + 2; i < at + kEscapeBytes; ++i) {
    const char c = absl::ascii_tolower(static_cast<unsigned char>(json[i]));
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return 0;
    unit = unit * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return unit;
}

bool IsHigh(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLow(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

size_t SkipDigits(absl::string_view json, size_t at) {
  while (at < json.size() && absl::ascii_isdigit(static_cast<unsigned char>(json[at]))) ++at;
  return at;
}

enum class Kind { kNone, kInteger, kReal };

// Whether JSON writes a number like `text`.
Kind KindOf(absl::string_view text) {
  const auto has = [&](size_t i, absl::string_view chars) {
    return i < text.size() && chars.find(text[i]) != absl::string_view::npos;
  };
  Kind kind = Kind::kInteger;
  const size_t first = has(0, "-") ? 1 : 0;
  size_t end = SkipDigits(text, first);
  if (end == first || (text[first] == '0' && end > first + 1)) return Kind::kNone;
  if (has(end, ".")) {
    kind = Kind::kReal;
    const size_t fraction = end + 1;
    end = SkipDigits(text, fraction);
    if (end == fraction) return Kind::kNone;
  }
  if (has(end, "eE")) {
    kind = Kind::kReal;
    const size_t exponent = end + (has(end + 1, "+-") ? 2 : 1);
    end = SkipDigits(text, exponent);
    if (end == exponent) return Kind::kNone;
  }
  return end == text.size() ? kind : Kind::kNone;
}

bool IsTooLarge(absl::string_view text) {
  int64_t from_below;
  uint64_t positive;
  double real;
  switch (KindOf(text)) {
    case Kind::kNone:
      return false;
    case Kind::kInteger:
      return !absl::SimpleAtoi(text, &from_below) && !absl::SimpleAtoi(text, &positive);
    case Kind::kReal:
      return !absl::SimpleAtod(text, &real) || !std::isfinite(real);
  }
  return false;
}

}  // namespace

bool RepairSurrogates(std::string& json) {
  bool changed = false;
  // A backslash stands in strings only, with what it escapes behind it.
  for (size_t at = json.find('\\'); at != std::string::npos; at = json.find('\\', at)) {
    const uint32_t unit = UnitAt(json, at);
    if (IsHigh(unit) && IsLow(UnitAt(json, at + kEscapeBytes))) {
      at += 2 * kEscapeBytes;
    } else if (IsHigh(unit) || IsLow(unit)) {
      json.replace(at + 2, 4, "fffd");
      changed = true;
      at += kEscapeBytes;
    } else {
      at += 2;
    }
  }
  return changed;
}

bool RepairNumbers(std::string& json) {
  constexpr absl::string_view kNull = "null";
  constexpr char kNumberChars[] = "0123456789+-.eE";
  bool changed = false;
  for (size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      at = JsonStringEnd(json, at);
      continue;
    }
    const size_t end = std::min(json.find_first_not_of(kNumberChars, at), json.size());
    const size_t size = end - at;
    // Whatever is too large for a double takes more room than null does: 1e309.
    if (size > kNull.size() && IsTooLarge(absl::string_view(json).substr(at, size))) {
      json.replace(at, size, size, ' ');
      json.replace(at, kNull.size(), kNull.data(), kNull.size());
      changed = true;
    }
    at = std::max(end, at + 1);
  }
  return changed;
}

}  // namespace lull
