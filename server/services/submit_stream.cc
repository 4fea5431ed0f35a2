#include "server/services/submit_stream.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "server/api/error_details.h"
#include "server/api/field_check.h"
#include "server/api/rpc_error.h"
#include "server/api/validate_job.h"
#include "server/api/violations.h"
#include "server/services/create_jobs.h"

namespace lull {
namespace {

// Clients take 4 MiB by default. A job in the BASIC view with all the labels it may have is 5 KiB,
// an error with all its violations 8 KiB.
constexpr int kMaxResultsPerMessage = 256;

NewJob Validate(const v1::CreateJobRequest& request, const ServiceParts& parts,
                const Caller& caller, absl::Status* status) {
  Violations violations;
  NewJob job = ValidateJob(request, parts.rules, caller, parts.clock->WallNow(), "", &violations);
  if (request.validate_only()) {
    violations.Add("validate_only", "is set; a stream only creates jobs, ask CreateJob instead");
  }
  *status = violations.ToStatus();
  return job;
}

void FillResult(int64_t place, absl::StatusOr<v1::Job> job, v1::SubmitResult* result) {
  result->set_index(place);
  if (job.ok()) {
    result->mutable_job()->Swap(&*job);
  } else {
    *result->mutable_error() = ToRpcStatus(job.status());
  }
}

// As many results as one message may have.
void MoveResults(v1::SubmitJobsResponse* from, v1::SubmitJobsResponse* to) {
  to->Clear();
  if (from->results_size() <= kMaxResultsPerMessage) return to->Swap(from);
  for (int i = 0; i < kMaxResultsPerMessage; ++i) {
    to->add_results()->Swap(from->mutable_results(i));
  }
  from->mutable_results()->DeleteSubrange(0, kMaxResultsPerMessage);
}

}  // namespace

SubmitStream* SubmitStream::Start(grpc::CallbackServerContext* context, const RpcMethod& method,
                                  const ServiceParts& parts) {
  const std::shared_ptr<SubmitStream> stream(new SubmitStream(context, method, parts));
  stream->self_ = stream;
  const absl::Status admitted = stream->call_.Admit();
  if (!admitted.ok()) stream->End(admitted);
  stream->Proceed();
  return stream.get();
}

void SubmitStream::OnReadDone(bool ok) {
  // A client that half-closes and one that is gone look alike here; OnCancel tells of the latter.
  if (ok) Take();
  {
    MutexLock lock(mutex_);
    reading_ = false;
    if (!ok) half_closed_ = true;
  }
  Proceed();
}

void SubmitStream::Take() {
  const grpc::Status parsed =
      grpc::SerializationTraits<v1::SubmitJobsRequest>::Deserialize(&received_, &request_);
  if (!parsed.ok()) {
    return End(UnreadableMessageError(v1::SubmitJobsRequest::descriptor()->full_name()));
  }
  const int count = request_.requests_size();
  if (count < 1 || count > kMaxBatchCreate) {
    Violations violations;
    violations.Add("requests", absl::StrCat("has ", count, " entries; from 1 to ", kMaxBatchCreate,
                                            " are allowed in one message of a stream"));
    return End(violations.ToStatus());
  }
  std::vector<NewJob> jobs;
  std::vector<int64_t> places;
  int64_t bytes = 0;
  std::vector<std::pair<int64_t, absl::Status>> wrong;
  jobs.reserve(count);
  places.reserve(count);
  for (const v1::CreateJobRequest& request : request_.requests()) {
    const int64_t place = next_place_++;
    absl::Status status;
    NewJob job = Validate(request, parts_, call_.caller(), &status);
    if (!status.ok()) {
      wrong.emplace_back(place, std::move(status));
      continue;
    }
    bytes += static_cast<int64_t>(job.spec->body->size());
    jobs.push_back(std::move(job));
    places.push_back(place);
  }
  {
    MutexLock lock(mutex_);
    unanswered_jobs_ += count;
    unanswered_bytes_ += bytes;
    for (auto& [place, status] : wrong) FillResult(place, std::move(status), outbox_.add_results());
  }
  if (jobs.empty()) return;
  SubmitJobs(parts_, call_.caller(), std::move(jobs),
             [self = self_, places = std::move(places),
              bytes](std::vector<absl::StatusOr<v1::Job>> created) {
               self->Answer(places, bytes, std::move(created));
             });
}

void SubmitStream::Answer(const std::vector<int64_t>& places, int64_t bytes,
                          std::vector<absl::StatusOr<v1::Job>> jobs) {
  v1::SubmitJobsResponse results;
  results.mutable_results()->Reserve(static_cast<int>(jobs.size()));
  for (size_t i = 0; i < jobs.size(); ++i) {
    FillResult(places[i], std::move(jobs[i]), results.add_results());
  }
  {
    MutexLock lock(mutex_);
    unanswered_bytes_ -= bytes;
    if (outbox_.results_size() == 0) {
      outbox_.Swap(&results);
    } else {
      for (v1::SubmitResult& result : *results.mutable_results()) {
        outbox_.add_results()->Swap(&result);
      }
    }
  }
  Proceed();
}

void SubmitStream::OnWriteDone(bool) {
  // A write that failed is followed by OnCancel.
  {
    MutexLock lock(mutex_);
    writing_ = false;
    unanswered_jobs_ -= sending_.results_size();
  }
  Proceed();
}

void SubmitStream::OnCancel() {
  End(ClientGoneError());
  Proceed();
}

void SubmitStream::End(const absl::Status& status) {
  MutexLock lock(mutex_);
  if (end_.ok()) end_ = status;
}

// Finishing waits for the read and the write under way, which a cancelled stream ends at once:
// gRPC and this class never touch the same message, and nothing is started behind Finish.
void SubmitStream::Proceed() {
  bool read = false;
  bool write = false;
  bool finish = false;
  absl::Status end;
  {
    MutexLock lock(mutex_);
    if (finished_) return;
    const bool over = !end_.ok();
    if (!over && !writing_ && outbox_.results_size() > 0) {
      MoveResults(&outbox_, &sending_);
      write = writing_ = true;
    }
    if (!over && !reading_ && !half_closed_ && unanswered_jobs_ < kMaxUnansweredJobs &&
        unanswered_bytes_ < kMaxUnansweredBytes) {
      read = reading_ = true;
    }
    const bool idle = !reading_ && !writing_;
    if (idle && (over || (half_closed_ && unanswered_jobs_ == 0))) {
      finish = finished_ = true;
      end = end_;
    }
  }
  if (write) Write();
  if (read) StartRead(&received_);
  if (finish) Finish(call_.End(end));
}

void SubmitStream::Write() {
  sending_bytes_.Clear();
  bool own = false;
  grpc::SerializationTraits<v1::SubmitJobsResponse>::Serialize(sending_, &sending_bytes_, &own);
  StartWrite(&sending_bytes_);
}

void SubmitStream::OnDone() {
  // The last one perhaps: nothing of the stream may be touched after it.
  const std::shared_ptr<SubmitStream> self = std::move(self_);
}

}  // namespace lull
