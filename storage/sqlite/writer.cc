#include "storage/sqlite/writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/event_packing.h"
#include "storage/sqlite/packing.h"
#include "storage/sqlite/sql.h"

namespace lull {

Writer::Writer(Connection& connection, const JobStore::Recovered& recovered,
               int64_t compress_above_bytes)
    : connection_(connection),
      compressor_(compress_above_bytes),
      next_job_(recovered.next_job),
      next_event_(recovered.next_event) {}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Prepare(Connection& connection,
                                                        const JobStore::Recovered& recovered,
                                                        int64_t compress_above_bytes) {
  std::unique_ptr<Writer> writer(new Writer(connection, recovered, compress_above_bytes));
  LULL_RETURN_IF_ERROR(writer->PrepareStatements());
  return writer;
}

absl::Status Writer::PrepareStatements() {
  const std::pair<Statement*, const char*> all[] = {
      {&begin_, sql::kBegin},
      {&commit_, sql::kCommit},
      {&read_epoch_, sql::kReadEpoch},
      {&add_job_, sql::kAddJob},
      {&add_body_, sql::kAddBody},
      {&add_live_, sql::kAddLive},
      {&change_live_, sql::kChangeLive},
      {&remove_live_, sql::kRemoveLive},
      {&add_result_, sql::kAddResult},
      {&add_events_, sql::kAddEvents},
      {&add_keys_, sql::kAddKeys},
      {&set_small_state_, sql::kSetSmallState},
      {&remove_small_state_, sql::kRemoveSmallState},
      {&add_usage_, sql::kAddUsage},
      {&note_numbers_, sql::kNoteNumbers},
  };
  for (const auto& [statement, sql] : all) {
    LULL_ASSIGN_OR_RETURN(*statement, connection_.Prepare(sql));
  }
  return eraser_.Prepare(connection_);
}

absl::Status Writer::ApplyGroup(const Group& group) {
  LULL_RETURN_IF_ERROR(begin_.Run());
  absl::Status status = ApplyInTransaction(group);
  if (status.ok()) status = commit_.Run();
  if (!status.ok()) connection_.Rollback();
  return status;
}

absl::Status Writer::ApplyInTransaction(const Group& group) {
  LULL_RETURN_IF_ERROR(CheckEpoch(group.epoch));
  keys_.clear();
  deleted_any_ = false;
  for (const Record& record : group.records) {
    LULL_RETURN_IF_ERROR(std::visit([this](const auto& one) { return Write(one); }, record));
  }
  LULL_RETURN_IF_ERROR(WriteKeys());
  LULL_RETURN_IF_ERROR(WriteEvents(group));
  return deleted_any_ ? NoteNumbers() : absl::OkStatus();
}

absl::Status Writer::CheckEpoch(int64_t epoch) {
  ResetAtEnd reset(read_epoch_);
  LULL_ASSIGN_OR_RETURN(const bool found, read_epoch_.Step());
  if (!found) return absl::DataLossError("the table meta is empty: the database file is damaged");
  const int64_t stored = read_epoch_.Int();
  if (stored == epoch) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the group is of epoch ", epoch,
                                                    ", the store is at ", stored,
                                                    ": another server has taken over"));
}

absl::Status Writer::Write(const JobCreated& created) {
  if (created.spec == nullptr) return absl::InternalError("a created job has no spec");
  const JobSpec& spec = *created.spec;
  if (spec.number < next_job_) {
    return absl::InternalError(absl::StrCat("job number ", spec.number,
                                            " is out of order: the next is at least ", next_job_));
  }
  if (created.live.number != spec.number || IsTerminal(created.live.state)) {
    return absl::InternalError(absl::StrCat("the live state of new job ", spec.number,
                                            " is of job ", created.live.number, " or has ended"));
  }
  BindJob(spec, buffers_, add_job_);
  LULL_RETURN_IF_ERROR(add_job_.Run());
  next_job_ = spec.number + 1;
  if (spec.body != nullptr) {
    LULL_ASSIGN_OR_RETURN(const PackedBody body, compressor_.Pack(*spec.body));
    add_body_.Int(spec.number);
    body.unpacked_size ? add_body_.Int(*body.unpacked_size) : add_body_.Null();
    LULL_RETURN_IF_ERROR(add_body_.Blob(body.bytes).Run());
  }
  BindLive(created.live, buffers_, add_live_);
  return add_live_.Run();
}

absl::Status Writer::Write(const LiveChanged& changed) {
  if (IsTerminal(changed.live.state)) {
    return absl::InternalError(
        absl::StrCat("job ", changed.live.number, " has ended but is written as live"));
  }
  BindLive(changed.live, buffers_, change_live_);
  LULL_RETURN_IF_ERROR(change_live_.Run());
  if (change_live_.changes() == 1) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("job ", changed.live.number, " is changed but not live"));
}

absl::Status Writer::Write(const JobEnded& ended) {
  if (!IsTerminal(ended.state)) {
    return absl::InternalError(absl::StrCat("job ", ended.number, " ends in state ",
                                            static_cast<int>(ended.state),
                                            ", which is not a final one"));
  }
  LULL_RETURN_IF_ERROR(remove_live_.Int(ended.number).Run());
  if (remove_live_.changes() != 1) {
    return absl::InternalError(absl::StrCat("job ", ended.number, " ends but is not live"));
  }
  if (ended.response == nullptr) {
    BindResult(ended, nullptr, buffers_, add_result_);
    return add_result_.Run();
  }
  LULL_ASSIGN_OR_RETURN(const PackedBody response, compressor_.Pack(*ended.response));
  BindResult(ended, &response, buffers_, add_result_);
  return add_result_.Run();
}

absl::Status Writer::Write(const JobDeleted& deleted) {
  LULL_ASSIGN_OR_RETURN(const bool erased, eraser_.Erase(deleted.number));
  deleted_any_ = deleted_any_ || erased;
  return absl::OkStatus();
}

absl::Status Writer::Write(const UsageAdded& usage) {
  BindUsage(usage, add_usage_);
  return add_usage_.Run();
}

absl::Status Writer::Write(const KeyAdded& key) {
  keys_.push_back(&key);
  return absl::OkStatus();
}

absl::Status Writer::Write(const SmallState& state) {
  if (!state.value.has_value()) return remove_small_state_.Text(state.kind).Text(state.key).Run();
  return set_small_state_.Text(state.kind).Text(state.key).Blob(*state.value).Run();
}

absl::Status Writer::WriteKeys() {
  if (keys_.empty()) return absl::OkStatus();
  absl::Time newest = absl::InfinitePast();
  for (const KeyAdded* key : keys_) newest = std::max(newest, key->time);
  const std::string packed = PackKeys(keys_);
  return add_keys_.Time(newest).Blob(packed).Run();
}

absl::Status Writer::WriteEvents(const Group& group) {
  if (group.events.empty()) return absl::OkStatus();
  if (group.first_event != next_event_) {
    return absl::InternalError(absl::StrCat("the group's first event has number ",
                                            group.first_event, ", the next is ", next_event_));
  }
  const int64_t count = static_cast<int64_t>(group.events.size());
  absl::Time newest = absl::InfinitePast();
  for (const Event& event : group.events) newest = std::max(newest, event.time);
  const std::string packed = PackEvents(group.events);
  LULL_RETURN_IF_ERROR(add_events_.Int(next_event_).Int(count).Time(newest).Blob(packed).Run());
  next_event_ += count;
  return absl::OkStatus();
}

absl::Status Writer::NoteNumbers() { return note_numbers_.Int(next_job_).Int(next_event_).Run(); }

}  // namespace lull
