#include "tools/lull/batch/answer_line.h"

#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "proto/job.pb.h"

namespace lull {
namespace {

using Json = nlohmann::json;

std::string Quote(absl::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The JSON without its white space, on one line; empty if it is not JSON. A number that is too
// large for simdjson is no fault: the answer is there as it came, and the worker has read all of
// it.
std::string OneLine(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::error_code error = parser.parse(json).get(element);
  if (error != simdjson::SUCCESS && error != simdjson::NUMBER_ERROR) return std::string();
  std::string line(json.size() + simdjson::SIMDJSON_PADDING, '\0');
  size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), line.data(), size) != simdjson::SUCCESS) {
    return std::string();
  }
  line.resize(size);
  return line;
}

std::string Line(absl::string_view id, absl::string_view custom_id, absl::string_view response,
                 absl::string_view error) {
  return absl::StrCat("{\"id\":", Quote(absl::StrCat("batch_req_", id)),
                      ",\"custom_id\":", Quote(custom_id), ",\"response\":", response,
                      ",\"error\":", error, "}\n");
}

std::string HttpResponse(int status_code, absl::string_view request_id, absl::string_view body) {
  return absl::StrCat("{\"status_code\":", status_code, ",\"request_id\":", Quote(request_id),
                      ",\"body\":", body, "}");
}

std::string Error(absl::string_view code, absl::string_view message) {
  return absl::StrCat("{\"code\":", Quote(code), ",\"message\":", Quote(message), "}");
}

// The reason of an error, in lower case as OpenAI writes its codes.
std::string CodeOf(const google::rpc::Status& error, absl::string_view otherwise) {
  for (const google::protobuf::Any& detail : error.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info) && !info.reason().empty()) {
      return absl::AsciiStrToLower(info.reason());
    }
  }
  return std::string(otherwise);
}

AnswerLine SucceededLine(const v1::Job& job, absl::string_view custom_id) {
  const v1::Response& response = job.response();
  const std::string body = OneLine(response.body());
  if (body.empty()) {
    return {Line(job.id(), custom_id, "null",
                 Error("invalid_response", "the answer's body is not JSON")),
            /*is_error=*/true};
  }
  const int status_code = response.http_status() == 0 ? 200 : response.http_status();
  const absl::string_view request_id = response.upstream_request_id().empty()
                                           ? absl::string_view(job.id())
                                           : response.upstream_request_id();
  return {Line(job.id(), custom_id, HttpResponse(status_code, request_id, body), "null"),
          /*is_error=*/false};
}

std::string FailedLine(const v1::Job& job, absl::string_view custom_id) {
  const std::string code = CodeOf(job.error(), "job_failed");
  const v1::Attempt* last =
      job.attempts().empty() ? nullptr : &job.attempts(job.attempts_size() - 1);
  if (last == nullptr || last->http_status() < 400) {
    return Line(job.id(), custom_id, "null", Error(code, job.error().message()));
  }
  const std::string body = absl::StrCat(
      "{\"error\":{\"message\":", Quote(job.error().message()),
      ",\"type\":", last->http_status() < 500 ? "\"invalid_request_error\"" : "\"server_error\"",
      ",\"param\":null,\"code\":", Quote(code), "}}");
  const absl::string_view request_id = last->upstream_request_id().empty()
                                           ? absl::string_view(job.id())
                                           : last->upstream_request_id();
  return Line(job.id(), custom_id, HttpResponse(last->http_status(), request_id, body), "null");
}

}  // namespace

AnswerLine AnswerLineOf(const v1::Job& job, absl::string_view custom_id) {
  switch (job.state()) {
    case v1::JOB_STATE_SUCCEEDED:
      return SucceededLine(job, custom_id);
    case v1::JOB_STATE_CANCELLED:
      return {Line(job.id(), custom_id, "null",
                   Error("batch_cancelled", "This request was cancelled before it was answered.")),
              /*is_error=*/true};
    case v1::JOB_STATE_EXPIRED:
      return {
          Line(job.id(), custom_id, "null",
               Error("batch_expired", "This request was not answered before its deadline passed.")),
          /*is_error=*/true};
    default:
      return {FailedLine(job, custom_id), /*is_error=*/true};
  }
}

AnswerLine RefusedLineOf(const absl::Status& refusal, absl::string_view custom_id) {
  const std::string code = absl::AsciiStrToLower(absl::StatusCodeToString(refusal.code()));
  return {Line("refused", custom_id, "null", Error(code, refusal.message())), /*is_error=*/true};
}

}  // namespace lull
