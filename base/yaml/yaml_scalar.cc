#include "base/yaml/yaml_scalar.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace lull {
namespace {

// A hundred years: more is a slip, and protobuf's Duration ends at ten thousand.
constexpr absl::Duration kLongestDuration = absl::Hours(24 * 366 * 100);

absl::Status WrongValue(const YamlNode& node, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(QuotedValue(node.text), " is not ", expected,
                   node.plain ? "" : "; it has to stand without quotes"));
}

// One or more digits without a needless leading zero.
bool ConsumeDecimal(absl::string_view* text) {
  std::size_t digits = 0;
  while (digits < text->size() && absl::ascii_isdigit((*text)[digits])) ++digits;
  if (digits == 0 || (digits > 1 && text->front() == '0')) return false;
  text->remove_prefix(digits);
  return true;
}

bool IsDecimalInteger(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  return ConsumeDecimal(&text) && text.empty();
}

bool IsDecimalFraction(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  if (!ConsumeDecimal(&text)) return false;
  if (!absl::ConsumePrefix(&text, ".")) return text.empty();
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// Takes the unit off the end and returns how many bytes it stands for.
int64_t ConsumeSizeUnit(absl::string_view* text) {
  int64_t factor = 1;
  for (const absl::string_view unit : {"KiB", "MiB", "GiB"}) {
    factor <<= 10;
    if (absl::ConsumeSuffix(text, unit)) {
      *text = absl::StripTrailingAsciiWhitespace(*text);
      return factor;
    }
  }
  return 1;
}

}  // namespace

absl::StatusOr<bool> YamlBool(const YamlNode& node) {
  if (node.plain && node.text == "true") return true;
  if (node.plain && node.text == "false") return false;
  return WrongValue(node, "true or false");
}

absl::StatusOr<int64_t> YamlInteger(const YamlNode& node, bool is_size, int64_t min, int64_t max) {
  const absl::string_view expected =
      is_size ? "a number of bytes such as 65536, 64KiB, 16MiB or 2GiB" : "a whole decimal number";
  absl::string_view digits = node.text;
  const int64_t factor = is_size ? ConsumeSizeUnit(&digits) : 1;
  if (!node.plain || !IsDecimalInteger(digits)) return WrongValue(node, expected);
  int64_t value = 0;
  if (!absl::SimpleAtoi(digits, &value) || value < min / factor || value > max / factor) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotedValue(node.text), " is out of range; allowed are ", min, " to ", max));
  }
  return value * factor;
}

absl::StatusOr<double> YamlDouble(const YamlNode& node) {
  double value = 0;
  // SimpleAtod alone would also take "inf", "nan" and hexadecimal numbers.
  if (!node.plain || !IsDecimalFraction(node.text) || !absl::SimpleAtod(node.text, &value)) {
    return WrongValue(node, "a decimal number such as 0.25");
  }
  return value;
}

absl::StatusOr<absl::Duration> YamlDuration(const YamlNode& node) {
  absl::Duration value;
  if (!absl::ParseDuration(node.text, &value) || value < absl::ZeroDuration() ||
      value > kLongestDuration) {
    return absl::InvalidArgumentError(absl::StrCat(
        QuotedValue(node.text),
        " is not a length of time up to 100 years; write it like 250ms, 30s, 1h30m or 24h"));
  }
  return value;
}

absl::StatusOr<absl::Time> YamlTimestamp(const YamlNode& node) {
  absl::Time value;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, node.text, &value, &error) ||
      value == absl::InfiniteFuture() || value == absl::InfinitePast() ||
      value < absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone()) ||
      value >= absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone())) {
    return absl::InvalidArgumentError(absl::StrCat(
        QuotedValue(node.text), " is not a moment; write it like 2026-08-16T16:00:00Z"));
  }
  return value;
}

}  // namespace lull
