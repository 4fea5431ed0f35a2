#include "server/services/backup_stream.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "server/api/field_check.h"
#include "server/api/quoted.h"
#include "server/api/violations.h"

namespace lull {
namespace {

constexpr int kMaxFileName = 128;

absl::StatusOr<std::string> FileNameOf(const v1::BackupRequest& request, absl::Time now) {
  if (request.file_name().empty()) {
    return absl::StrCat("lull-", absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone()),
                        ".db");
  }
  Violations violations;
  if (const auto wrong = CheckName(request.file_name(), kMaxFileName, "-_.", false)) {
    violations.Add("file_name", *wrong);
  } else if (request.file_name()[0] == '.') {
    violations.Add("file_name", absl::StrCat("is ", Quoted(request.file_name()),
                                             "; it may not begin with a dot"));
  }
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  return request.file_name();
}

}  // namespace

grpc::ServerWriteReactor<v1::BackupProgress>* BackupStream::Serve(
    grpc::CallbackServerContext* context, const RpcMethod& method, const ServiceParts& parts,
    const v1::BackupRequest& request) {
  auto stream = std::make_shared<BackupStream>(context, method, parts);
  stream->self_ = stream;
  const absl::Status begun = stream->Begin(request);
  if (!begun.ok()) stream->End(begun);
  return stream.get();
}

BackupStream::BackupStream(grpc::CallbackServerContext* context, const RpcMethod& method,
                           const ServiceParts& parts)
    : parts_(parts), call_(context, &method, parts.clock, parts.observer) {}

absl::Status BackupStream::Begin(const v1::BackupRequest& request) {
  LULL_RETURN_IF_ERROR(call_.Admit());
  BackupRequest backup;
  backup.caller = call_.caller();
  LULL_ASSIGN_OR_RETURN(backup.file_name, FileNameOf(request, parts_.clock->WallNow()));
  backup.withdrawn = withdrawn_;
  const std::shared_ptr<BackupStream> self = shared_from_this();
  backup.report = [self](const BackupReply& progress) { self->Tell(progress, false); };
  return parts_.loop->Post(Call<BackupRequest, BackupReply>{
      std::move(backup), [self](absl::StatusOr<BackupReply> reply) {
        if (reply.ok()) self->Tell(*reply, true);
        self->End(reply.status());
      }});
}

void BackupStream::Tell(const BackupReply& progress, bool done) {
  {
    MutexLock lock(mutex_);
    v1::BackupProgress& proto = waiting_.emplace();
    proto.set_copied_bytes(progress.copied_bytes);
    proto.set_total_bytes(progress.total_bytes);
    proto.set_done(done);
    if (done) proto.set_path(progress.path);
  }
  GoOn();
}

void BackupStream::End(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    end_ = status;
  }
  GoOn();
}

void BackupStream::GoOn() {
  std::optional<absl::Status> end;
  {
    MutexLock lock(mutex_);
    if (writing_ || finished_) return;
    if (waiting_) {
      written_ = *std::exchange(waiting_, std::nullopt);
      writing_ = true;
    } else if (end_) {
      finished_ = true;
      end = end_;
    } else {
      return;
    }
  }
  // Without the lock: gRPC may call back at once.
  if (end) {
    Finish(call_.End(*end));
  } else {
    StartWrite(&written_);
  }
}

void BackupStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) waiting_.reset();  // nobody reads any more; the end follows from OnCancel
  }
  GoOn();
}

// The engine answers at its next step.
void BackupStream::OnCancel() { *withdrawn_ = true; }

void BackupStream::OnDone() {
  // The last one perhaps: nothing of the stream may be touched after it.
  const std::shared_ptr<BackupStream> self = std::move(self_);
}

}  // namespace lull
