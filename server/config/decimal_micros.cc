#include "server/config/decimal_micros.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/yaml/yaml_source.h"

namespace lull {
namespace {

constexpr std::size_t kMicroDigits = 6;
constexpr int64_t kMaxUnits = 1'000'000'000;

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

absl::StatusOr<int64_t> ParseDecimalMicros(absl::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const absl::string_view units_text = text.substr(0, point);
  const bool has_point = point < text.size();
  std::string micros_text(has_point ? text.substr(point + 1) : "0");
  const bool is_decimal =
      IsDigits(units_text) && IsDigits(micros_text) && micros_text.size() <= kMicroDigits;
  micros_text.resize(kMicroDigits, '0');
  int64_t units = 0;
  int64_t micros = 0;
  if (!is_decimal || !absl::SimpleAtoi(units_text, &units) ||
      !absl::SimpleAtoi(micros_text, &micros) || units > kMaxUnits ||
      (units == kMaxUnits && micros > 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotedValue(text), " is not an amount: write it like 12.50, with at most ",
                     kMicroDigits, " digits after the point, up to ", kMaxUnits));
  }
  return units * 1'000'000 + micros;
}

}  // namespace lull
