#include "tools/lull/job_arguments.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

using Json = nlohmann::ordered_json;

// More than any server takes.
constexpr size_t kBodyBytesMax = 32 * 1024 * 1024;

absl::Status WrongOption(absl::string_view option, absl::string_view value,
                         absl::string_view allowed) {
  return absl::InvalidArgumentError(
      absl::StrCat(option, " is \"", value, "\"; allowed is ", allowed));
}

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  const auto close = [](std::FILE* file) {
    if (file != stdin) std::fclose(file);
  };
  const std::unique_ptr<std::FILE, decltype(close)> file(
      path == "-" ? stdin : std::fopen(path.c_str(), "rb"), close);
  if (file == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  std::string content;
  char buffer[64 * 1024];
  while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
    content.append(buffer, std::fread(buffer, 1, sizeof(buffer), file.get()));
    if (content.size() > kBodyBytesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " is longer than ", kBodyBytesMax, " bytes"));
    }
  }
  if (std::ferror(file.get()) != 0) {
    return absl::DataLossError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  return content;
}

// The body of a file, untouched unless --model is to be put into it.
absl::StatusOr<std::string> BodyFromFile(const JobArguments& arguments) {
  if (!arguments.prompt.empty() || !arguments.messages.empty() || !arguments.system.empty()) {
    return absl::InvalidArgumentError(
        "FILE holds the whole request; leave out --prompt, --message and --system, or FILE");
  }
  LULL_ASSIGN_OR_RETURN(std::string content, ReadAll(arguments.file));
  Json body = Json::parse(content, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.file, " is not a JSON object in UTF-8"));
  }
  if (arguments.model.empty()) return content;
  body["model"] = arguments.model;
  return body.dump();
}

absl::StatusOr<Json> MessageOf(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos || colon == 0) {
    return WrongOption("--message", text, "ROLE:TEXT, for example \"user:Hello\"");
  }
  return Json{{"role", std::string(text.substr(0, colon))},
              {"content", std::string(text.substr(colon + 1))}};
}

absl::StatusOr<std::string> BodyFromText(const JobArguments& arguments) {
  if (arguments.model.empty()) {
    return absl::InvalidArgumentError("name a model: --model NAME, or LULL_MODEL");
  }
  Json messages = Json::array();
  if (!arguments.system.empty()) {
    messages.push_back({{"role", "system"}, {"content", arguments.system}});
  }
  for (const std::string& text : arguments.messages) {
    LULL_ASSIGN_OR_RETURN(Json message, MessageOf(text));
    messages.push_back(std::move(message));
  }
  if (!arguments.prompt.empty()) {
    messages.push_back({{"role", "user"}, {"content", arguments.prompt}});
  }
  const Json body = {{"model", arguments.model}, {"messages", messages}};
  try {
    return body.dump();
  } catch (const Json::type_error&) {
    return absl::InvalidArgumentError("the text of a message is not UTF-8");
  }
}

absl::StatusOr<std::string> BodyOf(const JobArguments& arguments) {
  if (!arguments.file.empty()) return BodyFromFile(arguments);
  if (arguments.prompt.empty() && arguments.messages.empty()) {
    return absl::InvalidArgumentError(
        "say what to ask: FILE with the request's JSON, --prompt TEXT, or --message ROLE:TEXT");
  }
  return BodyFromText(arguments);
}

absl::Status SetTimes(const JobArguments& arguments, absl::Time now, v1::Job* job) {
  if (!arguments.schedule.empty()) {
    LULL_ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(arguments.schedule, now));
    *job->mutable_schedule_time() = ToTimestamp(time);
  }
  if (!arguments.deadline.empty()) {
    LULL_ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(arguments.deadline, now));
    *job->mutable_deadline() = ToTimestamp(time);
  }
  if (!arguments.ttl.empty()) {
    LULL_ASSIGN_OR_RETURN(const absl::Duration ttl, ParseSpan(arguments.ttl));
    job->mutable_ttl()->set_seconds(absl::ToInt64Seconds(ttl));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::CreateJobRequest> RequestOf(const JobArguments& arguments, absl::Time now) {
  v1::CreateJobRequest request;
  v1::Job& job = *request.mutable_job();
  job.mutable_request()->set_method("POST");
  job.mutable_request()->set_path(arguments.path);
  LULL_ASSIGN_OR_RETURN(*job.mutable_request()->mutable_body(), BodyOf(arguments));
  job.set_class_name(arguments.class_name);
  job.set_priority(arguments.priority);
  LULL_ASSIGN_OR_RETURN(const auto labels, ParseLabels(arguments.labels));
  job.mutable_labels()->insert(labels.begin(), labels.end());
  LULL_RETURN_IF_ERROR(SetTimes(arguments, now, &job));
  request.set_request_id(arguments.request_id);
  request.set_validate_only(arguments.validate_only);
  if (!arguments.max_wait.empty()) {
    LULL_ASSIGN_OR_RETURN(const absl::Duration max_wait, ParseSpan(arguments.max_wait));
    request.mutable_max_wait()->set_seconds(absl::ToInt64Seconds(max_wait));
  }
  return request;
}

absl::StatusOr<std::map<std::string, std::string>> ParseLabels(
    const std::vector<std::string>& labels) {
  std::map<std::string, std::string> parsed;
  for (const std::string& label : labels) {
    const size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return WrongOption("--label", label, "KEY=VALUE");
    }
    if (!parsed.emplace(label.substr(0, equals), label.substr(equals + 1)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("--label ", label.substr(0, equals), " is given twice"));
    }
  }
  return parsed;
}

absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text) {
  constexpr absl::string_view kAllowed = "a time such as 90s, 1h30m or 2d";
  absl::Duration span = absl::ZeroDuration();
  absl::string_view rest = text;
  if (const size_t d = text.find('d'); d != absl::string_view::npos) {
    int64_t days;
    if (!absl::SimpleAtoi(text.substr(0, d), &days) || days < 0 || days > 100'000) {
      return WrongOption("a time", text, kAllowed);
    }
    span = absl::Hours(24 * days);
    rest = text.substr(d + 1);
  }
  absl::Duration part = absl::ZeroDuration();
  const bool only_days = rest.empty() && !text.empty();
  if (!only_days && (!absl::ParseDuration(rest, &part) || part < absl::ZeroDuration())) {
    return WrongOption("a time", text, kAllowed);
  }
  return span + part;
}

absl::StatusOr<absl::Time> ParseMoment(absl::string_view text, absl::Time now) {
  absl::string_view span = text;
  if (absl::ConsumePrefix(&span, "+")) {
    LULL_ASSIGN_OR_RETURN(const absl::Duration from_now, ParseSpan(span));
    return now + from_now;
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return WrongOption("a moment", text, "\"2026-11-24T02:00:00Z\", or \"+2h\" from now on");
  }
  return time;
}

}  // namespace lull
