#include "server/api/validate_job.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/api/convert_enum.h"
#include "server/api/field_check.h"
#include "server/api/job_body.h"
#include "server/api/job_input.h"
#include "server/api/job_values.h"
#include "server/api/proto_time.h"
#include "server/api/quoted.h"
#include "server/api/request_key.h"

namespace lull {
namespace {

class JobValidator {
 public:
  JobValidator(const v1::CreateJobRequest& request, const JobRules& rules, absl::Time now,
               absl::string_view prefix, Violations* violations)
      : request_(request),
        job_(request.job()),
        rules_(rules),
        now_(now),
        prefix_(prefix),
        violations_(*violations),
        spec_(std::make_shared<JobSpec>()) {}

  NewJob Run(const Caller& caller) {
    spec_->tenant = caller.tenant;
    CheckRequestFields();
    CheckClass();
    spec_->labels = ReadLabels(Field("job.labels"), job_.labels(), &violations_);
    CheckTags();
    CheckCall();
    CheckTimes();
    CheckUnsupported();
    NewJob result;
    result.ttl = ttl_;
    if (!request_.request_id().empty()) {
      result.request_key = NewJob::RequestKey{RequestKeyOf(caller.tenant, request_.request_id()),
                                              ContentHashOf(job_)};
    }
    const v1::Job options = OptionsOf(job_);
    if (options.ByteSizeLong() > 0) {
      spec_->options = std::make_shared<const std::string>(options.SerializeAsString());
    }
    result.spec = std::move(spec_);
    return result;
  }

 private:
  std::string Field(absl::string_view field) const { return absl::StrCat(prefix_, field); }
  void Add(absl::string_view field, absl::string_view description) {
    violations_.Add(Field(field), description);
  }
  void AddIf(absl::string_view field, const std::optional<std::string>& wrong) {
    if (wrong) Add(field, *wrong);
  }

  void CheckRequestFields() {
    if (!request_.has_job()) Add("job", "is missing; it is required");
    AddIf("request_id", CheckRequestId(request_.request_id()));
    if (request_.has_max_wait()) Add("max_wait", kUnsupported);
  }

  void CheckClass() {
    const Plan& plan = *rules_.plan;
    spec_->class_name =
        ReadClassName(Field("job.class_name"), job_.class_name(), rules_, &violations_);
    const std::optional<int> index = plan.FindClass(spec_->class_name);
    spec_->priority = ReadPriority(Field("job.priority"), job_.priority(), &violations_);
    AddIf("job.max_attempts", CheckRange(job_.max_attempts(), 0, kMaxAttempts));
    spec_->max_attempts = job_.max_attempts();
    if (index && spec_->max_attempts == 0) spec_->max_attempts = plan.classes[*index].max_attempts;
    CheckRunWhen(index);
  }

  void CheckRunWhen(std::optional<int> class_index) {
    const std::optional<RunWhen> run_when = FromProto(job_.run_when());
    if (!run_when) {
      Add("job.run_when", absl::StrCat("is ", job_.run_when(),
                                       "; RUN_WHEN_ANY_TIME and RUN_WHEN_QUIET_HOURS are allowed"));
      return;
    }
    spec_->run_when = *run_when;
    if (*run_when == RunWhen::kQuietHours && class_index &&
        !rules_.plan->classes[*class_index].quiet_hours) {
      Add("job.run_when", absl::StrCat("is RUN_WHEN_QUIET_HOURS, but class ",
                                       Quoted(spec_->class_name), " has no quiet hours"));
    }
  }

  void CheckTags() {
    if (job_.required_tags_size() > kMaxTags) {
      Add("job.required_tags", absl::StrCat("has ", job_.required_tags_size(), " entries; at most ",
                                            kMaxTags, " are allowed"));
    }
    for (int i = 0; i < job_.required_tags_size(); ++i) {
      AddIf(absl::StrCat("job.required_tags[", i, "]"), CheckTag(job_.required_tags(i)));
    }
    std::vector<std::string>& tags = spec_->required_tags;
    tags.assign(job_.required_tags().begin(), job_.required_tags().end());
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  }

  void CheckCall() {
    if (!job_.has_request()) {
      Add("job.request", "is missing; it is required");
      return;
    }
    const v1::Request& call = job_.request();
    if (!call.method().empty() && call.method() != "POST") {
      Add("job.request.method", absl::StrCat("is ", Quoted(call.method()),
                                             "; only \"POST\" is"
                                             " allowed"));
    }
    spec_->method = "POST";
    AddIf("job.request.path", CheckPath(call.path()));
    spec_->path = call.path();
    CheckBody(call.body());
  }

  void CheckBody(const std::string& body) {
    constexpr absl::string_view kField = "job.request.body";
    if (body.empty()) return Add(kField, "is missing; a JSON object is required");
    if (static_cast<int64_t>(body.size()) > rules_.max_request_body_bytes) {
      return Add(kField, absl::StrCat("has ", body.size(), " bytes; at most ",
                                      rules_.max_request_body_bytes, " are allowed"));
    }
    const absl::StatusOr<JobBody> content = ReadJobBody(body);
    if (!content.ok()) return Add(kField, content.status().message());
    CheckModel(content->model);
    spec_->body = std::make_shared<const std::string>(body);
  }

  void CheckModel(const std::optional<std::string>& model) {
    spec_->model = model.value_or("");
    const std::optional<int> group = rules_.plan->RouteForModel(spec_->model);
    if (group) {
      spec_->route_group = rules_.plan->route_groups[*group].name;
      return;
    }
    std::vector<absl::string_view> models;
    for (const RouteGroup& route_group : rules_.plan->route_groups) {
      models.insert(models.end(), route_group.models.begin(), route_group.models.end());
    }
    const std::string known = models.empty()
                                  ? "no route group is configured"
                                  : absl::StrCat("the models are ", absl::StrJoin(models, ", "));
    Add("job.request.body", model ? absl::StrCat("names the model ", Quoted(*model),
                                                 ", which no route group serves; ", known)
                                  : absl::StrCat("has no \"model\"; ", known));
  }

  void CheckTimes() {
    std::optional<absl::Time> schedule;
    if (job_.has_schedule_time()) {
      schedule = ReadTime(Field("job.schedule_time"), job_.schedule_time(), now_, &violations_);
    }
    if (schedule) spec_->schedule_time = *schedule;
    std::optional<absl::Time> deadline;
    if (job_.has_deadline()) {
      deadline = ReadTime(Field("job.deadline"), job_.deadline(), now_, &violations_);
    }
    if (deadline) CheckDeadline(*deadline, schedule);
    if (job_.has_ttl()) CheckTtl();
  }

  // A repeated request is answered with the job of the first time, also when its deadline has
  // passed since then: with a request id it is for the engine to say that the deadline is over.
  void CheckDeadline(absl::Time deadline, std::optional<absl::Time> schedule) {
    spec_->deadline = deadline;
    if (job_.has_ttl()) Add("job.ttl", "is set together with \"deadline\"; only one is allowed");
    if (request_.request_id().empty() && deadline <= now_) {
      Add("job.deadline", absl::StrCat("is ", TimeText(deadline), ", which is over; it is ",
                                       TimeText(now_), " now"));
    }
    if (schedule && deadline <= *schedule) {
      Add("job.deadline", absl::StrCat("is ", TimeText(deadline),
                                       "; it has to be after the"
                                       " \"schedule_time\" ",
                                       TimeText(*schedule)));
    }
  }

  void CheckTtl() {
    const std::optional<absl::Duration> ttl = FromProtoDuration(job_.ttl());
    if (!ttl || *ttl < absl::Seconds(1) || *ttl > kMaxAhead) {
      const std::string given = ttl ? absl::FormatDuration(*ttl)
                                    : absl::StrCat("no duration: seconds ", job_.ttl().seconds(),
                                                   ", nanos ", job_.ttl().nanos());
      Add("job.ttl", absl::StrCat("is ", given, "; from 1s to ", absl::FormatDuration(kMaxAhead),
                                  " is allowed"));
      return;
    }
    ttl_ = *ttl;
  }

  void CheckUnsupported() {
    if (!job_.batch_id().empty()) Add("job.batch_id", kUnsupported);
    if (!job_.custom_id().empty()) Add("job.custom_id", kUnsupported);
    if (job_.has_retry_policy()) Add("job.retry_policy", kUnsupported);
    if (job_.has_input_limit()) Add("job.input_limit", kUnsupported);
    if (job_.has_text_split()) Add("job.text_split", kUnsupported);
    if (job_.cache_policy().mode() > v1::CACHE_MODE_OFF || job_.cache_policy().coalesce()) {
      Add("job.cache_policy", kUnsupported);
    }
    if (job_.has_fallback_policy() && !job_.fallback_policy().disabled()) {
      Add("job.fallback_policy", kUnsupported);
    }
  }

  const v1::CreateJobRequest& request_;
  const v1::Job& job_;
  const JobRules& rules_;
  const absl::Time now_;
  const absl::string_view prefix_;
  Violations& violations_;
  std::shared_ptr<JobSpec> spec_;
  absl::Duration ttl_ = absl::ZeroDuration();
};

}  // namespace

NewJob ValidateJob(const v1::CreateJobRequest& request, const JobRules& rules, const Caller& caller,
                   absl::Time now, absl::string_view prefix, Violations* violations) {
  return JobValidator(request, rules, now, prefix, violations).Run(caller);
}

}  // namespace lull
