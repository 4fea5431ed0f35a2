#include "server/api/job_filter_text.h"

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "server/api/convert_enum.h"
#include "server/api/field_check.h"
#include "server/api/job_rules.h"
#include "server/api/quoted.h"

namespace lull {
namespace {

constexpr absl::string_view kFields = "state, class, batch, labels.KEY and create_time";
constexpr absl::string_view kLabelPrefix = "labels.";
constexpr absl::string_view kStatePrefix = "JOB_STATE_";
// The store keeps times in whole steps.
constexpr absl::Duration kStoredStep = absl::Microseconds(1);

int64_t CountCharacters(absl::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool IsBareInField(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-_./", c);
}
bool IsBareInValue(char c) { return IsBareInField(c) || c == ':' || c == '+'; }

std::string StateName(JobState state) {
  return v1::JobState_Name(ToProto(state)).substr(kStatePrefix.size());
}

// Every state, in the order of their numbers.
std::vector<JobState> AllStates() {
  std::vector<JobState> states;
  for (int number = v1::JobState_MIN; number <= v1::JobState_MAX; ++number) {
    const std::optional<JobState> state = FromProto(static_cast<v1::JobState>(number));
    if (state) states.push_back(*state);
  }
  return states;
}

std::optional<JobState> StateOf(absl::string_view name) {
  if (absl::StartsWith(name, kStatePrefix)) name.remove_prefix(kStatePrefix.size());
  for (JobState state : AllStates()) {
    if (StateName(state) == name) return state;
  }
  return std::nullopt;
}

// As RFC 3339 has them, e.g. 2026-01-31T23:59:60.5+01:00. absl::ParseTime alone takes more than
// that.
bool LooksLikeTime(absl::string_view text) {
  constexpr absl::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kShape.size()) return false;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  return text.back() == 'Z' || text[text.size() - 6] == '+' || text[text.size() - 6] == '-';
}

template <typename List>
void SortUnique(List* list) {
  std::sort(list->begin(), list->end());
  list->erase(std::unique(list->begin(), list->end()), list->end());
}

class FilterParser {
 public:
  explicit FilterParser(absl::string_view text) : text_(text) {}

  absl::StatusOr<JobFilter> Run() {
    SkipSpace();
    for (int comparisons = 0; !AtEnd();) {
      if (++comparisons > kMaxFilterComparisons) {
        return ErrorAt(place_, absl::StrCat("begins comparison ", comparisons, "; at most ",
                                            kMaxFilterComparisons, " are allowed"));
      }
      LULL_RETURN_IF_ERROR(ReadComparison());
      SkipSpace();
      if (!AtEnd()) LULL_RETURN_IF_ERROR(ReadAnd());
    }
    SortUnique(&filter_.class_is);
    SortUnique(&filter_.class_is_not);
    SortUnique(&filter_.label_is);
    SortUnique(&filter_.label_is_not);
    return std::move(filter_);
  }

 private:
  struct Value {
    size_t place = 0;  // of its first byte
    std::string text;
  };

  // ---- the text

  bool AtEnd() const { return place_ == text_.size(); }

  void SkipSpace() {
    while (!AtEnd() && absl::ascii_isspace(static_cast<unsigned char>(text_[place_]))) ++place_;
  }

  template <typename IsPart>
  absl::string_view TakeWhile(IsPart is_part) {
    const size_t start = place_;
    while (!AtEnd() && is_part(text_[place_])) ++place_;
    return text_.substr(start, place_ - start);
  }

  absl::Status ErrorAt(size_t place, absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("in column ", CountCharacters(text_.substr(0, place)) + 1, ": ", what));
  }

  // What stands at `place`, for a message.
  std::string FoundAt(size_t place) const {
    if (place == text_.size()) return "the filter ends";
    size_t end = place;
    while (end < text_.size() && IsBareInValue(text_[end])) ++end;
    if (end == place) {
      ++end;
      while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) ++end;
    }
    return absl::StrCat("found ", Quoted(text_.substr(place, end - place)));
  }

  // ---- comparisons

  absl::Status ReadAnd() {
    const size_t start = place_;
    const absl::string_view word = TakeWhile(IsBareInField);
    if (word != "AND") {
      return ErrorAt(
          start, absl::StrCat(FoundAt(start), "; only AND, in capitals, may follow a comparison"));
    }
    SkipSpace();
    if (AtEnd()) return ErrorAt(place_, "the filter ends; a comparison has to follow AND");
    return absl::OkStatus();
  }

  absl::Status ReadComparison() {
    const size_t start = place_;
    const absl::string_view field = TakeWhile(IsBareInField);
    if (field == "state") return ReadState();
    if (field == "class") return ReadClass();
    if (field == "create_time") return ReadCreateTime();
    if (absl::StartsWith(field, kLabelPrefix)) {
      return ReadLabel(start, field.substr(kLabelPrefix.size()));
    }
    if (field == "batch") {
      return ErrorAt(start, "found \"batch\"; this version of the server has no batches");
    }
    return ErrorAt(start, absl::StrCat(FoundAt(start), "; the fields are ", kFields));
  }

  absl::StatusOr<absl::string_view> ReadOperator(std::initializer_list<absl::string_view> allowed) {
    SkipSpace();
    const size_t start = place_;
    const absl::string_view found =
        TakeWhile([](char c) { return absl::StrContains("=!<>:~", c); });
    for (absl::string_view known : allowed) {
      if (found == known) return known;
    }
    return ErrorAt(
        start, absl::StrCat(found.empty() ? FoundAt(start) : absl::StrCat("found ", Quoted(found)),
                            "; the field is compared by ", absl::StrJoin(allowed, " ")));
  }

  absl::StatusOr<Value> ReadValue() {
    SkipSpace();
    Value value;
    value.place = place_;
    const char quote = AtEnd() ? '\0' : text_[place_];
    if (quote != '"' && quote != '\'') {
      value.text = std::string(TakeWhile(IsBareInValue));
      if (!value.text.empty()) return value;
      return ErrorAt(place_, absl::StrCat(FoundAt(place_),
                                          "; a value is expected, bare out of "
                                          "letters, digits and \"-_./:+\", or in "
                                          "quotes"));
    }
    for (++place_; !AtEnd() && text_[place_] != quote; ++place_) {
      if (text_[place_] == '\\') ++place_;
      if (AtEnd()) break;
      value.text.push_back(text_[place_]);
    }
    if (AtEnd()) return ErrorAt(value.place, "found a quote that is not closed");
    ++place_;
    return value;
  }

  absl::Status ReadState() {
    LULL_ASSIGN_OR_RETURN(const absl::string_view op, ReadOperator({"=", "!="}));
    LULL_ASSIGN_OR_RETURN(const Value value, ReadValue());
    const std::optional<JobState> state = StateOf(value.text);
    if (!state) {
      return ErrorAt(value.place, absl::StrCat("found ", Quoted(value.text), "; the states are ",
                                               absl::StrJoin(AllStates(), ", ",
                                                             [](std::string* out, JobState s) {
                                                               out->append(StateName(s));
                                                             })));
    }
    filter_.states &= op == "=" ? JobFilter::Bit(*state) : ~JobFilter::Bit(*state);
    return absl::OkStatus();
  }

  absl::Status ReadClass() {
    LULL_ASSIGN_OR_RETURN(const absl::string_view op, ReadOperator({"=", "!="}));
    LULL_ASSIGN_OR_RETURN(Value value, ReadValue());
    (op == "=" ? filter_.class_is : filter_.class_is_not).push_back(std::move(value.text));
    return absl::OkStatus();
  }

  absl::Status ReadLabel(size_t start, absl::string_view key) {
    if (auto wrong = CheckName(key, kMaxLabelSize, "-_./", /*may_be_empty=*/false)) {
      return ErrorAt(start, absl::StrCat("the key of the label ", *wrong));
    }
    LULL_ASSIGN_OR_RETURN(const absl::string_view op, ReadOperator({"=", "!="}));
    LULL_ASSIGN_OR_RETURN(Value value, ReadValue());
    (op == "=" ? filter_.label_is : filter_.label_is_not)
        .emplace_back(std::string(key), std::move(value.text));
    return absl::OkStatus();
  }

  // The store keeps whole microseconds, so every comparison is one of whole ones.
  absl::Status ReadCreateTime() {
    LULL_ASSIGN_OR_RETURN(const absl::string_view op, ReadOperator({"=", "<", "<=", ">", ">="}));
    LULL_ASSIGN_OR_RETURN(const Value value, ReadValue());
    LULL_ASSIGN_OR_RETURN(const absl::Time time, TimeOf(value));
    const absl::Time below = absl::FromUnixMicros(absl::ToUnixMicros(time));  // or the same
    const absl::Time above = below == time ? time : below + kStoredStep;      // or the same
    if (op == "=" || op == ">=") filter_.created_from = std::max(filter_.created_from, above);
    if (op == ">") filter_.created_from = std::max(filter_.created_from, below + kStoredStep);
    if (op == "=" || op == "<=") {
      filter_.created_until = std::min(filter_.created_until, below + kStoredStep);
    }
    if (op == "<") filter_.created_until = std::min(filter_.created_until, above);
    return absl::OkStatus();
  }

  absl::StatusOr<absl::Time> TimeOf(const Value& value) const {
    absl::Time time;
    std::string error;
    if (!LooksLikeTime(value.text) ||
        !absl::ParseTime(absl::RFC3339_full, value.text, &time, &error)) {
      return ErrorAt(value.place, absl::StrCat("found ", Quoted(value.text),
                                               "; a time is expected as RFC 3339 "
                                               "has it, e.g. "
                                               "\"2026-01-31T00:00:00Z\""));
    }
    if (time < FirstOfYear(1) || time >= FirstOfYear(9999)) {
      return ErrorAt(value.place, absl::StrCat("found ", Quoted(value.text),
                                               "; times of the years 1 to 9998 are allowed"));
    }
    return time;
  }

  static absl::Time FirstOfYear(int year) {
    return absl::FromCivil(absl::CivilYear(year), absl::UTCTimeZone());
  }

  const absl::string_view text_;
  size_t place_ = 0;
  JobFilter filter_;
};

std::string InQuotes(absl::string_view value) {
  return absl::StrCat("\"", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

void AppendStates(uint32_t states, std::vector<std::string>* comparisons) {
  std::vector<std::string> meant;
  std::vector<std::string> left_out;
  for (JobState state : AllStates()) {
    const bool is_meant = (states & JobFilter::Bit(state)) != 0;
    (is_meant ? meant : left_out).push_back(StateName(state));
  }
  const bool name_meant = meant.size() <= 1;
  if (meant.empty()) meant = {left_out[0], left_out[1]};  // no job is in both
  for (const std::string& name : name_meant ? meant : left_out) {
    comparisons->push_back(absl::StrCat("state ", name_meant ? "=" : "!=", " ", name));
  }
}

void AppendTimes(absl::Time from, absl::Time until, std::vector<std::string>* comparisons) {
  const auto append = [comparisons](absl::string_view op, absl::Time time) {
    comparisons->push_back(absl::StrCat(
        "create_time ", op, " \"",
        absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E6S%Ez", time, absl::UTCTimeZone()), "\""));
  };
  const bool has_from = from != absl::InfinitePast();
  if (has_from && from + kStoredStep == until) return append("=", from);
  if (has_from) append(">=", from);
  if (until != absl::InfiniteFuture()) append("<", until);
}

}  // namespace

absl::StatusOr<JobFilter> ParseJobFilter(absl::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return absl::InvalidArgumentError("is not UTF-8");
  }
  if (const int64_t characters = CountCharacters(text); characters > kMaxFilterCharacters) {
    return absl::InvalidArgumentError(absl::StrCat("has ", characters, " characters; at most ",
                                                   kMaxFilterCharacters, " are allowed"));
  }
  return FilterParser(text).Run();
}

std::string JobFilterText(const JobFilter& filter) {
  std::vector<std::string> comparisons;
  AppendStates(filter.states, &comparisons);
  for (const std::string& name : filter.class_is) {
    comparisons.push_back(absl::StrCat("class = ", InQuotes(name)));
  }
  for (const std::string& name : filter.class_is_not) {
    comparisons.push_back(absl::StrCat("class != ", InQuotes(name)));
  }
  for (const auto& [key, value] : filter.label_is) {
    comparisons.push_back(absl::StrCat("labels.", key, " = ", InQuotes(value)));
  }
  for (const auto& [key, value] : filter.label_is_not) {
    comparisons.push_back(absl::StrCat("labels.", key, " != ", InQuotes(value)));
  }
  AppendTimes(filter.created_from, filter.created_until, &comparisons);
  return absl::StrJoin(comparisons, " AND ");
}

}  // namespace lull
