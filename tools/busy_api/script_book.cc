#include "tools/busy_api/script_book.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace lull {
namespace {

using nlohmann::json;

constexpr size_t kRulesMax = 10000;

bool Fits(const std::string& wanted, absl::string_view seen) {
  return wanted.empty() || wanted == seen;
}

absl::Status ReadMatch(const json& match,
                       const std::vector<std::pair<std::string, std::string*>>& fields) {
  if (!match.is_object()) return absl::InvalidArgumentError("match must be a JSON object");
  for (const auto& [name, value] : match.items()) {
    std::string* target = nullptr;
    for (const auto& [known, field] : fields) {
      if (known == name) target = field;
    }
    if (target == nullptr || !value.is_string()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "match.", name, ": there are contains, model, path and request_id, all strings"));
    }
    *target = value.get<std::string>();
  }
  return absl::OkStatus();
}

}  // namespace

bool ScriptBook::Rule::Matches(const Seen& seen) const {
  return (contains.empty() || absl::StrContains(seen.body, contains)) && Fits(model, seen.model) &&
         Fits(path, seen.path) && Fits(request_id, seen.request_id);
}

absl::StatusOr<int64_t> ScriptBook::Add(absl::string_view text) {
  if (rules_.size() >= kRulesMax) {
    return absl::ResourceExhaustedError(absl::StrCat("there are ", kRulesMax, " rules already"));
  }
  const json object = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("a rule must be a JSON object");
  Rule rule;
  for (const auto& [name, value] : object.items()) {
    if (name == "match") {
      if (absl::Status status = ReadMatch(value, {{"contains", &rule.contains},
                                                  {"model", &rule.model},
                                                  {"path", &rule.path},
                                                  {"request_id", &rule.request_id}});
          !status.ok()) {
        return status;
      }
    } else if (name == "answers" && value.is_array()) {
      for (const json& answer : value) {
        absl::StatusOr<Behaviour> behaviour =
            ParseBehaviour(answer.is_string() ? answer.get<std::string>() : answer.dump());
        if (!behaviour.ok()) return behaviour.status();
        rule.answers.push_back(*std::move(behaviour));
      }
    } else if (name == "repeat" && value.is_boolean()) {
      rule.repeat = value.get<bool>();
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          name, ": there are match (object), answers (array) and repeat (true or false)"));
    }
  }
  if (rule.answers.empty()) return absl::InvalidArgumentError("answers must name at least one");
  rule.id = next_id_++;
  rules_.push_back(std::move(rule));
  return rules_.back().id;
}

std::optional<Behaviour> ScriptBook::Take(const Seen& seen) {
  for (Rule& rule : rules_) {
    if (rule.IsSpent() || !rule.Matches(seen)) continue;
    return rule.answers[static_cast<size_t>(rule.taken++) % rule.answers.size()];
  }
  return std::nullopt;
}

std::string ScriptBook::Json() const {
  json rules = json::array();
  for (const Rule& rule : rules_) {
    const int64_t left = static_cast<int64_t>(rule.answers.size()) - rule.taken;
    rules.push_back({{"id", rule.id}, {"taken", rule.taken}, {"left", rule.repeat ? -1 : left}});
  }
  return rules.dump() + "\n";
}

}  // namespace lull
