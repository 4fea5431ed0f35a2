#include "server/services/create_jobs.h"

#include <memory>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "server/api/convert_job.h"
#include "server/api/rpc_error.h"

namespace lull {
namespace {

// The error of one of several.
absl::Status Named(size_t place, const absl::Status& status) {
  absl::Status named(status.code(), absl::StrCat("requests[", place, "]: ", status.message()));
  status.ForEachPayload([&named](absl::string_view type_url, const absl::Cord& value) {
    named.SetPayload(type_url, value);
  });
  return named;
}

// The others of an atomic submit are ABORTED because of this one.
absl::Status FirstRefusal(const std::vector<Submitted>& jobs) {
  absl::Status first;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const absl::Status& status = jobs[i].status;
    if (status.ok() || (absl::IsAborted(status) && !first.ok())) continue;
    if (!first.ok() && !absl::IsAborted(first)) continue;
    if (jobs.size() == 1) return status;
    first = Named(i, status);
  }
  return first;
}

// Why the job of a repeated request id could not be read.
absl::Status RepeatedError(const absl::Status& read) {
  if (!absl::IsNotFound(read)) return read;
  return RpcError(absl::StatusCode::kAlreadyExists, "REQUEST_JOB_DELETED",
                  "the job that was created with this request_id has been deleted; to create one "
                  "again use another request_id");
}

// Reads what the repeated ones have become since the first time.
void ReadRepeated(const ServiceParts& parts, const Caller& caller,
                  const std::vector<Submitted>& submitted,
                  std::vector<absl::StatusOr<v1::Job>> jobs, SubmittedDone done) {
  std::vector<JobRef> repeated;
  std::vector<size_t> places;
  for (size_t i = 0; i < submitted.size(); ++i) {
    if (!submitted[i].existed) continue;
    repeated.push_back({"", submitted[i].number});
    places.push_back(i);
  }
  if (repeated.empty()) return done(std::move(jobs));
  parts.reads->GetMany(caller, std::move(repeated), JobDetail::kBasic, /*max_body_bytes=*/0,
                       [places = std::move(places), jobs = std::move(jobs), done = std::move(done)](
                           std::vector<absl::StatusOr<JobSnapshot>> found) mutable {
                         for (size_t i = 0; i < found.size(); ++i) {
                           absl::StatusOr<v1::Job>& job = jobs[places[i]];
                           if (found[i].ok()) {
                             ToProto(*found[i], JobDetail::kBasic, &*job);
                           } else {
                             job = RepeatedError(found[i].status());
                           }
                         }
                         done(std::move(jobs));
                       });
}

void AnswerEach(const ServiceParts& parts, const Caller& caller,
                const std::vector<Submitted>& submitted, SubmittedDone done) {
  std::vector<absl::StatusOr<v1::Job>> jobs;
  jobs.reserve(submitted.size());
  for (const Submitted& each : submitted) {
    if (!each.status.ok()) {
      jobs.emplace_back(each.status);
      continue;
    }
    jobs.emplace_back(v1::Job());
    if (!each.existed) NewJobToProto(*each.spec, &*jobs.back());
  }
  ReadRepeated(parts, caller, submitted, std::move(jobs), std::move(done));
}

// All of them, or the first error: that a job of before is not there any more is known only now,
// when the others have been created.
absl::StatusOr<std::vector<v1::Job>> AllOf(std::vector<absl::StatusOr<v1::Job>> jobs) {
  std::vector<v1::Job> all;
  all.reserve(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i].ok()) return jobs.size() == 1 ? jobs[i].status() : Named(i, jobs[i].status());
    all.push_back(*std::move(jobs[i]));
  }
  return all;
}

}  // namespace

absl::Status CreateJobs(const ServiceParts& parts, const Caller& caller, std::vector<NewJob> jobs,
                        CreatedDone done) {
  SubmitRequest request{caller, std::move(jobs), /*atomic=*/true};
  return parts.loop->Post(Call<SubmitRequest, SubmitReply>{
      std::move(request),
      [&parts, caller, done = std::move(done)](absl::StatusOr<SubmitReply> reply) mutable {
        parts.pool->Run([&parts, caller = std::move(caller), done = std::move(done),
                         reply = std::move(reply)](PoolReader&) mutable {
          if (!reply.ok()) return done(reply.status());
          if (absl::Status refusal = FirstRefusal(reply->jobs); !refusal.ok()) {
            return done(refusal);
          }
          AnswerEach(parts, caller, reply->jobs,
                     [done = std::move(done)](std::vector<absl::StatusOr<v1::Job>> each) mutable {
                       done(AllOf(std::move(each)));
                     });
        });
      }});
}

void SubmitJobs(const ServiceParts& parts, const Caller& caller, std::vector<NewJob> jobs,
                SubmittedDone done) {
  const size_t count = jobs.size();
  // Shared, since a command that the loop does not take is gone.
  const auto shared_done = std::make_shared<SubmittedDone>(std::move(done));
  const auto refuse_all = [count, shared_done](const absl::Status& status) {
    (*shared_done)(std::vector<absl::StatusOr<v1::Job>>(count, status));
  };
  SubmitRequest request{caller, std::move(jobs), /*atomic=*/false};
  const absl::Status posted = parts.loop->Post(Call<SubmitRequest, SubmitReply>{
      std::move(request),
      [&parts, caller, shared_done, refuse_all](absl::StatusOr<SubmitReply> reply) mutable {
        parts.pool->Run([&parts, caller = std::move(caller), shared_done, refuse_all,
                         reply = std::move(reply)](PoolReader&) mutable {
          if (!reply.ok()) return refuse_all(reply.status());
          AnswerEach(parts, caller, reply->jobs, std::move(*shared_done));
        });
      }});
  if (!posted.ok()) refuse_all(posted);
}

}  // namespace lull
