#include "tools/loadgen/job_maker.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lull {
namespace {

// The stamp stands in front, at a fixed place.
constexpr absl::string_view kHead = "{\"user\":\"";
constexpr size_t kStampSize = 20;

std::string Body(const LoadOptions& options) {
  const std::string head =
      absl::StrCat(kHead, std::string(kStampSize, '0'), "\",\"model\":\"", options.model,
                   "\",\"messages\":[{\"role\":\"user\",\"content\":\"");
  constexpr absl::string_view kTail = "\"}]}";
  const size_t fixed = head.size() + kTail.size();
  const size_t asked = static_cast<size_t>(options.body_bytes);
  return absl::StrCat(head, std::string(asked > fixed ? asked - fixed : 0, 'x'), kTail);
}

}  // namespace

JobMaker::JobMaker(const LoadOptions& options, std::string run,
                   const std::map<std::string, std::string>& labels)
    : request_ids_(options.request_ids), run_(std::move(run)) {
  v1::Job& job = *request_.mutable_job();
  job.set_class_name(options.class_name);
  job.mutable_request()->set_path("/v1/chat/completions");
  job.mutable_request()->set_body(Body(options));
  for (int i = 0; i < options.labels; ++i) {
    (*job.mutable_labels())[absl::StrCat("label-", i)] = absl::StrCat("value-of-", i);
  }
  for (const auto& [key, value] : labels) (*job.mutable_labels())[key] = value;
  if (options.ttl > absl::ZeroDuration()) {
    job.mutable_ttl()->set_seconds(absl::ToInt64Seconds(options.ttl));
  }
}

void JobMaker::MakeUnique(int64_t place, v1::CreateJobRequest* request) const {
  if (request_ids_) request->set_request_id(absl::StrCat(run_, "-", place));
}

void JobMaker::Stamp(absl::Duration steady, v1::CreateJobRequest* request) const {
  std::string* body = request->mutable_job()->mutable_request()->mutable_body();
  const std::string stamp = absl::StrFormat("%020d", absl::ToInt64Nanoseconds(steady));
  body->replace(kHead.size(), kStampSize, stamp);
}

std::optional<absl::Duration> JobMaker::StampOf(absl::string_view body) {
  int64_t nanos = 0;
  if (!absl::StartsWith(body, kHead) || body.size() < kHead.size() + kStampSize ||
      !absl::SimpleAtoi(body.substr(kHead.size(), kStampSize), &nanos) || nanos == 0) {
    return std::nullopt;
  }
  return absl::Nanoseconds(nanos);
}

}  // namespace lull
