#include "server/watch/watch_message.h"

#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/message_lite.h"

namespace lull {
namespace {

using google::protobuf::io::CodedOutputStream;

constexpr uint32_t Tag(int field) {
  constexpr uint32_t kLengthDelimited = 2;
  return static_cast<uint32_t>(field) << 3 | kLengthDelimited;
}

void AppendHead(int field, size_t size, std::string* out) {
  uint8_t head[20];
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(Tag(field), head);
  end = CodedOutputStream::WriteVarint64ToArray(size, end);
  out->append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
}

void AppendField(int field, const google::protobuf::MessageLite& message, std::string* out) {
  AppendHead(field, message.ByteSizeLong(), out);
  message.AppendToString(out);
}

std::string Message(int field, absl::string_view content) {
  std::string message;
  message.reserve(content.size() + 20);
  AppendHead(field, content.size(), &message);
  message.append(content.data(), content.size());
  return message;
}

}  // namespace

void AppendEventField(const v1::JobEvent& event, std::string* fields) {
  AppendField(v1::WatchEvents::kEventsFieldNumber, event, fields);
}

void AppendJobField(const v1::Job& job, std::string* fields) {
  AppendField(v1::WatchSnapshot::kJobsFieldNumber, job, fields);
}

v1::JobEvent ParseEventField(absl::string_view field) {
  v1::WatchEvents events;
  events.ParseFromArray(field.data(), static_cast<int>(field.size()));
  return events.events_size() == 1 ? std::move(*events.mutable_events(0)) : v1::JobEvent();
}

std::string WatchEventsMessage(absl::string_view event_fields) {
  return Message(v1::WatchJobsResponse::kEventsFieldNumber, event_fields);
}

std::string WatchSnapshotMessage(absl::string_view job_fields) {
  return Message(v1::WatchJobsResponse::kSnapshotFieldNumber, job_fields);
}

std::string WatchSyncedMessage(EventNumber seq) {
  v1::WatchJobsResponse message;
  message.mutable_synced()->set_seq(seq);
  return message.SerializeAsString();
}

std::string WatchOutputMessage(absl::string_view job_id, int32_t attempt_number, int64_t offset,
                               absl::string_view data) {
  v1::WatchJobsResponse message;
  v1::WatchOutput& output = *message.mutable_output();
  output.set_job_id(std::string(job_id));
  output.set_attempt_number(attempt_number);
  output.set_offset(offset);
  output.set_data(data.data(), data.size());
  return message.SerializeAsString();
}

}  // namespace lull
