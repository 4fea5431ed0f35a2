#include "tests/integration/metrics_page.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

// Values with commas or quotes in them do not occur in what Lull exports.
MetricsPage::Labels ParseLabels(absl::string_view text) {
  MetricsPage::Labels labels;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    absl::string_view value = pair.back();
    const bool quoted = absl::ConsumePrefix(&value, "\"") && absl::ConsumeSuffix(&value, "\"");
    EXPECT_TRUE(pair.size() == 2 && quoted) << text;
    labels[pair[0]] = std::string(value);
  }
  return labels;
}

}  // namespace

MetricsPage::MetricsPage(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) continue;
    const size_t space = line.rfind(' ');
    const size_t open = line.find('{');
    const size_t close = line.rfind('}');
    Sample sample;
    const bool is_number =
        space != absl::string_view::npos && absl::SimpleAtod(line.substr(space + 1), &sample.value);
    EXPECT_TRUE(is_number) << line;
    if (!is_number) continue;
    if (open == absl::string_view::npos) {
      sample.name = std::string(line.substr(0, space));
    } else {
      sample.name = std::string(line.substr(0, open));
      sample.labels = ParseLabels(line.substr(open + 1, close - open - 1));
    }
    samples_.push_back(std::move(sample));
  }
}

double MetricsPage::Sum(absl::string_view name, const Labels& labels) const {
  double sum = 0;
  for (const Sample& sample : samples_) {
    if (sample.name != name) continue;
    const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
      const auto found = sample.labels.find(label.first);
      return found != sample.labels.end() && found->second == label.second;
    });
    if (fits) sum += sample.value;
  }
  return sum;
}

bool MetricsPage::Has(absl::string_view name) const {
  return std::any_of(samples_.begin(), samples_.end(),
                     [&](const Sample& sample) { return sample.name == name; });
}

}  // namespace lull
