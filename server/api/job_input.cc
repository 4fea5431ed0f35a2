#include "server/api/job_input.h"

namespace lull {

v1::Job OptionsOf(const v1::Job& job) {
  v1::Job options;
  options.set_batch_id(job.batch_id());
  options.set_custom_id(job.custom_id());
  if (job.has_retry_policy()) *options.mutable_retry_policy() = job.retry_policy();
  if (job.has_cache_policy()) *options.mutable_cache_policy() = job.cache_policy();
  if (job.has_input_limit()) *options.mutable_input_limit() = job.input_limit();
  if (job.has_text_split()) *options.mutable_text_split() = job.text_split();
  if (job.has_fallback_policy()) *options.mutable_fallback_policy() = job.fallback_policy();
  return options;
}

v1::Job InputWithoutBody(const v1::Job& job) {
  v1::Job input = OptionsOf(job);
  input.set_class_name(job.class_name());
  input.set_priority(job.priority());
  *input.mutable_labels() = job.labels();
  if (job.has_request()) {
    input.mutable_request()->set_method(job.request().method());
    input.mutable_request()->set_path(job.request().path());
  }
  if (job.has_schedule_time()) *input.mutable_schedule_time() = job.schedule_time();
  if (job.has_deadline()) *input.mutable_deadline() = job.deadline();
  if (job.has_ttl()) *input.mutable_ttl() = job.ttl();
  input.set_max_attempts(job.max_attempts());
  input.set_run_when(job.run_when());
  *input.mutable_required_tags() = job.required_tags();
  return input;
}

}  // namespace lull
