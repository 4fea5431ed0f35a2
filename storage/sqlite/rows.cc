#include "storage/sqlite/rows.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/stored_enum.h"

namespace lull {
namespace {

absl::Status Damaged(JobNumber job, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the stored ", what, " of job ", job,
                                          " has an unknown value: the file is damaged"));
}

std::string ReadString(Statement& row) { return std::string(row.Text()); }

// NULL: as created, which differs from none at all.
void BindChangedLabels(const std::optional<Labels>& labels, std::string& buffer,
                       Statement& statement) {
  if (!labels.has_value()) {
    statement.Null();
    return;
  }
  buffer = PackLabels(*labels);
  statement.Blob(buffer);
}

absl::StatusOr<std::optional<Labels>> ReadChangedLabels(Statement& row) {
  if (row.NextIsNull()) {
    row.Skip();
    return std::nullopt;
  }
  LULL_ASSIGN_OR_RETURN(Labels labels, UnpackLabels(row.Blob()));
  return labels;
}

// Two columns: unpacked_size and the bytes.
absl::StatusOr<Bytes> ReadBody(Statement& row) {
  PackedBody packed;
  if (row.NextIsNull()) {
    row.Skip();
  } else {
    packed.unpacked_size = row.Int();
  }
  if (row.NextIsNull()) {
    row.Skip();
    return Bytes();
  }
  packed.bytes = row.Blob();
  LULL_ASSIGN_OR_RETURN(std::string body, UnpackBody(packed));
  return std::make_shared<const std::string>(std::move(body));
}

}  // namespace

absl::string_view BytesOf(const JobId& id) {
  return absl::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

absl::StatusOr<JobId> ReadJobId(Statement& row) {
  const absl::string_view bytes = row.Blob();
  JobId id;
  if (bytes.size() != id.bytes.size()) {
    return absl::DataLossError(absl::StrCat("a stored job id has ", bytes.size(),
                                            " bytes instead of 16: the file is damaged"));
  }
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

void BindJob(const JobSpec& spec, RowBuffers& buffers, Statement& statement) {
  buffers.tags = PackTags(spec.required_tags);
  buffers.labels = PackLabels(spec.labels);
  statement.Int(spec.number)
      .Blob(BytesOf(spec.id))
      .Text(spec.tenant)
      .Text(spec.class_name)
      .Text(spec.route_group)
      .BlobOrNull(buffers.tags)
      .Int(static_cast<int64_t>(spec.run_when))
      .Int(spec.priority)
      .BlobOrNull(buffers.labels)
      .Time(spec.create_time)
      .Time(spec.schedule_time)
      .Time(spec.deadline)
      .Int(spec.max_attempts)
      .Text(spec.method)
      .Text(spec.path)
      .Text(spec.model);
  spec.options == nullptr ? statement.Null() : statement.Blob(*spec.options);
}

absl::StatusOr<JobSpec> ReadJob(Statement& row, bool body) {
  JobSpec spec;
  spec.number = row.Int();
  LULL_ASSIGN_OR_RETURN(spec.id, ReadJobId(row));
  spec.tenant = ReadString(row);
  spec.class_name = ReadString(row);
  spec.route_group = ReadString(row);
  LULL_ASSIGN_OR_RETURN(spec.required_tags, UnpackTags(row.Blob()));
  if (!EnumFromStored(row.Int(), spec.run_when)) return Damaged(spec.number, "run_when");
  spec.priority = static_cast<int32_t>(row.Int());
  LULL_ASSIGN_OR_RETURN(spec.labels, UnpackLabels(row.Blob()));
  spec.create_time = row.Time();
  spec.schedule_time = row.Time();
  spec.deadline = row.Time();
  spec.max_attempts = static_cast<int32_t>(row.Int());
  spec.method = ReadString(row);
  spec.path = ReadString(row);
  spec.model = ReadString(row);
  if (row.NextIsNull()) {
    row.Skip();
  } else {
    spec.options = std::make_shared<const std::string>(row.Blob());
  }
  if (body) {
    LULL_ASSIGN_OR_RETURN(spec.body, ReadBody(row));
  }
  return spec;
}

void BindLive(const LiveState& live, RowBuffers& buffers, Statement& statement) {
  buffers.tags = PackTags(live.required_tags);
  statement.Text(live.tenant)
      .Text(live.class_name)
      .Text(live.route_group)
      .Text(live.model)
      .BlobOrNull(buffers.tags)
      .Int(static_cast<int64_t>(live.run_when))
      .Int(static_cast<int64_t>(live.state))
      .Int(static_cast<int64_t>(live.cancel_cause))
      .Int(live.priority)
      .Time(live.create_time)
      .Time(live.ready_since)
      .Time(live.not_before)
      .Int(live.backing_off ? 1 : 0)
      .Time(live.deadline)
      .Int(live.request_bytes)
      .Int(live.max_attempts)
      .Int(live.attempt_count)
      .Int(live.dispatch_count)
      .Int(live.backoff_round)
      .Int(live.avoid_upstreams)
      .Int(live.lease)
      .Text(live.worker)
      .Text(live.upstream)
      .Text(live.attempt_model)
      .Int(static_cast<int64_t>(live.outside_window))
      .Time(live.attempt_start)
      .Duration(live.total_limit)
      .Time(live.first_start);
  BindChangedLabels(live.labels, buffers.labels, statement);
  statement.Int(live.event).BlobOrNull(buffers.attempts.Pack(live.attempts)).Int(live.number);
}

absl::Status ReadLive(Statement& row, LiveState& live) {
  live.tenant = ReadString(row);
  live.class_name = ReadString(row);
  live.route_group = ReadString(row);
  live.model = ReadString(row);
  LULL_ASSIGN_OR_RETURN(live.required_tags, UnpackTags(row.Blob()));
  const bool run_when_known = EnumFromStored(row.Int(), live.run_when);
  const bool state_known = EnumFromStored(row.Int(), live.state) && !IsTerminal(live.state);
  const bool cancel_cause_known = EnumFromStored(row.Int(), live.cancel_cause);
  live.priority = static_cast<int32_t>(row.Int());
  live.create_time = row.Time();
  live.ready_since = row.Time();
  live.not_before = row.Time();
  live.backing_off = row.Int() != 0;
  live.deadline = row.Time();
  live.request_bytes = row.Int();
  live.max_attempts = static_cast<int32_t>(row.Int());
  live.attempt_count = static_cast<int32_t>(row.Int());
  live.dispatch_count = static_cast<int32_t>(row.Int());
  live.backoff_round = static_cast<int32_t>(row.Int());
  live.avoid_upstreams = static_cast<uint32_t>(row.Int());
  live.lease = row.Int();
  live.worker = ReadString(row);
  live.upstream = ReadString(row);
  live.attempt_model = ReadString(row);
  const bool outside_window_known = EnumFromStored(row.Int(), live.outside_window);
  live.attempt_start = row.Time();
  live.total_limit = row.Duration();
  live.first_start = row.Time();
  LULL_ASSIGN_OR_RETURN(live.labels, ReadChangedLabels(row));
  live.event = row.Int();
  LULL_ASSIGN_OR_RETURN(live.attempts, UnpackAttempts(row.Blob()));
  live.number = row.Int();
  if (!run_when_known) return Damaged(live.number, "run_when");
  if (!state_known) return Damaged(live.number, "state");
  if (!cancel_cause_known) return Damaged(live.number, "cancel_cause");
  if (!outside_window_known) return Damaged(live.number, "outside_window");
  return absl::OkStatus();
}

void BindResult(const JobEnded& ended, const PackedBody* response, RowBuffers& buffers,
                Statement& statement) {
  statement.Int(ended.number)
      .Int(static_cast<int64_t>(ended.state))
      .Int(ended.lease)
      .Int(ended.dispatch_count)
      .Int(ended.attempt_count)
      .Text(ended.tenant)
      .Text(ended.class_name)
      .Text(ended.route_group)
      .Int(ended.priority)
      .Int(static_cast<int64_t>(ended.cancel_cause))
      .Time(ended.create_time)
      .Time(ended.start_time)
      .Time(ended.end_time)
      .Time(ended.deadline)
      .Int(static_cast<int64_t>(ended.result_hash));
  BindChangedLabels(ended.labels, buffers.labels, statement);
  statement.Int(ended.event)
      .BlobOrNull(buffers.attempts.Pack(ended.attempts))
      .Int(ended.usage.prompt)
      .Int(ended.usage.cached_prompt)
      .Int(ended.usage.completion)
      .Int(ended.usage.reasoning)
      .Int(static_cast<int64_t>(ended.served_from))
      .Int(ended.error.code)
      .Text(ended.error.reason)
      .Text(ended.error.message)
      .Int(ended.http_status)
      .Text(ended.finish_reason)
      .Text(ended.content_type)
      .Text(ended.response_model)
      .Text(ended.upstream_request_id);
  if (response == nullptr) {
    statement.Null().Null();
  } else {
    response->unpacked_size ? statement.Int(*response->unpacked_size) : statement.Null();
    statement.Blob(response->bytes);
  }
}

absl::StatusOr<JobEnded> ReadResult(Statement& row, bool body) {
  JobEnded ended;
  ended.number = row.Int();
  if (!EnumFromStored(row.Int(), ended.state) || !IsTerminal(ended.state))
    return Damaged(ended.number, "state");
  ended.lease = row.Int();
  ended.dispatch_count = static_cast<int32_t>(row.Int());
  ended.attempt_count = static_cast<int32_t>(row.Int());
  ended.tenant = ReadString(row);
  ended.class_name = ReadString(row);
  ended.route_group = ReadString(row);
  ended.priority = static_cast<int32_t>(row.Int());
  if (!EnumFromStored(row.Int(), ended.cancel_cause)) return Damaged(ended.number, "cancel_cause");
  ended.create_time = row.Time();
  ended.start_time = row.Time();
  ended.end_time = row.Time();
  ended.deadline = row.Time();
  ended.result_hash = static_cast<uint64_t>(row.Int());
  LULL_ASSIGN_OR_RETURN(ended.labels, ReadChangedLabels(row));
  ended.event = row.Int();
  LULL_ASSIGN_OR_RETURN(ended.attempts, UnpackAttempts(row.Blob()));
  ended.usage.prompt = row.Int();
  ended.usage.cached_prompt = row.Int();
  ended.usage.completion = row.Int();
  ended.usage.reasoning = row.Int();
  if (!EnumFromStored(row.Int(), ended.served_from)) return Damaged(ended.number, "served_from");
  ended.error.code = static_cast<int32_t>(row.Int());
  ended.error.reason = ReadString(row);
  ended.error.message = ReadString(row);
  ended.http_status = static_cast<int32_t>(row.Int());
  ended.finish_reason = ReadString(row);
  ended.content_type = ReadString(row);
  ended.response_model = ReadString(row);
  ended.upstream_request_id = ReadString(row);
  if (body) {
    LULL_ASSIGN_OR_RETURN(ended.response, ReadBody(row));
  }
  return ended;
}

void BindUsage(const UsageAdded& usage, Statement& statement) {
  statement.Int(usage.day)
      .Text(usage.tenant)
      .Text(usage.class_name)
      .Text(usage.upstream)
      .Text(usage.model)
      .Int(usage.calls)
      .Int(usage.maybe_billed_calls)
      .Int(usage.usage.prompt)
      .Int(usage.usage.cached_prompt)
      .Int(usage.usage.completion)
      .Int(usage.usage.reasoning);
}

UsageAdded ReadUsage(Statement& row) {
  UsageAdded usage;
  usage.day = static_cast<int32_t>(row.Int());
  usage.tenant = ReadString(row);
  usage.class_name = ReadString(row);
  usage.upstream = ReadString(row);
  usage.model = ReadString(row);
  usage.calls = row.Int();
  usage.maybe_billed_calls = row.Int();
  usage.usage.prompt = row.Int();
  usage.usage.cached_prompt = row.Int();
  usage.usage.completion = row.Int();
  usage.usage.reasoning = row.Int();
  return usage;
}

}  // namespace lull
