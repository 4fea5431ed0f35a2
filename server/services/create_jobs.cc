#include "server/services/create_jobs.h"

#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
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

// Why the job of a repeated request id could not be read. That it was created stays true: only one
// that is gone is a refusal for good.
absl::Status RepeatedError(const absl::Status& read) {
  if (absl::IsDataLoss(read) || absl::IsInternal(read)) {
    return RpcError(absl::StatusCode::kUnavailable, "REQUEST_JOB_UNREADABLE",
                    absl::StrCat("the job that was created with this request_id is there, but "
                                 "cannot be read now; nothing was done, try again: ",
                                 read.message()));
  }
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

// All of them, or the first error.
absl::StatusOr<std::vector<v1::Job>> AllOf(std::vector<absl::StatusOr<v1::Job>> jobs) {
  std::vector<v1::Job> all;
  all.reserve(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i].ok()) return jobs.size() == 1 ? jobs[i].status() : Named(i, jobs[i].status());
    all.push_back(*std::move(jobs[i]));
  }
  return all;
}

// All or none. Whether the job of a repeated request id is still there only the store knows, once
// it has ended: the engine does nothing until it was looked for. What was found, or was made for
// the same request id a moment before, is the answer also where it is deleted meanwhile, or cannot
// be read again: that the others were created has to be told.
class AtomicSubmit : public std::enable_shared_from_this<AtomicSubmit> {
 public:
  AtomicSubmit(const ServiceParts& parts, Caller caller, std::vector<NewJob> jobs, CreatedDone done)
      : parts_(parts), caller_(std::move(caller)), jobs_(std::move(jobs)), done_(std::move(done)) {}

  absl::Status Start() {
    SubmitRequest request{caller_, jobs_, /*atomic=*/true, {}};
    for (const auto& [number, job] : found_) request.found.push_back(number);
    return parts_.loop->Post(Call<SubmitRequest, SubmitReply>{
        std::move(request), [self = shared_from_this()](absl::StatusOr<SubmitReply> reply) {
          self->parts_.pool->Run([self, reply = std::move(reply)](PoolReader&) mutable {
            self->Take(std::move(reply));
          });
        }});
  }

 private:
  void Take(absl::StatusOr<SubmitReply> reply) {
    if (!reply.ok()) return done_(reply.status());
    if (!reply->to_find.empty()) return Find(std::move(reply->to_find));
    if (absl::Status refusal = FirstRefusal(reply->jobs); !refusal.ok()) return done_(refusal);
    submitted_ = std::move(reply->jobs);
    AnswerEach(parts_, caller_, submitted_,
               [self = shared_from_this()](std::vector<absl::StatusOr<v1::Job>> each) {
                 self->Answer(std::move(each));
               });
  }

  // Each round finds at least one more, of a bounded number.
  void Find(std::vector<SubmitReply::Repeated> repeated) {
    std::vector<JobRef> wanted;
    for (const SubmitReply::Repeated& each : repeated) wanted.push_back({"", each.number});
    parts_.reads->GetMany(
        caller_, std::move(wanted), JobDetail::kBasic, /*max_body_bytes=*/0,
        [self = shared_from_this(),
         repeated = std::move(repeated)](std::vector<absl::StatusOr<JobSnapshot>> found) {
          for (size_t i = 0; i < found.size(); ++i) {
            if (!found[i].ok()) {
              return self->done_(Named(repeated[i].place, RepeatedError(found[i].status())));
            }
            ToProto(*found[i], JobDetail::kBasic, &self->found_[repeated[i].number]);
          }
          const absl::Status posted = self->Start();
          if (!posted.ok()) self->done_(posted);
        });
  }

  void Answer(std::vector<absl::StatusOr<v1::Job>> each) {
    for (size_t i = 0; i < each.size(); ++i) {
      if (!each[i].ok()) UseKnown(submitted_[i].number, &each[i]);
    }
    done_(AllOf(std::move(each)));
  }

  // Of one alone nothing is known.
  void UseKnown(JobNumber number, absl::StatusOr<v1::Job>* job) {
    if (const auto found = found_.find(number); found != found_.end()) *job = found->second;
    for (const Submitted& made : submitted_) {
      if (made.number != number || made.existed) continue;
      *job = v1::Job();
      NewJobToProto(*made.spec, &**job);
    }
  }

  const ServiceParts& parts_;
  const Caller caller_;
  const std::vector<NewJob> jobs_;
  CreatedDone done_;
  absl::flat_hash_map<JobNumber, v1::Job> found_;  // of repeated request ids
  std::vector<Submitted> submitted_;
};

}  // namespace

absl::Status CreateJobs(const ServiceParts& parts, const Caller& caller, std::vector<NewJob> jobs,
                        CreatedDone done) {
  return std::make_shared<AtomicSubmit>(parts, caller, std::move(jobs), std::move(done))->Start();
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
      [&parts, caller, shared_done, refuse_all](absl::StatusOr<SubmitReply> reply) {
        parts.pool->Run([&parts, caller, shared_done, refuse_all,
                         reply = std::move(reply)](PoolReader&) mutable {
          if (!reply.ok()) return refuse_all(reply.status());
          AnswerEach(parts, caller, reply->jobs, std::move(*shared_done));
        });
      }});
  if (!posted.ok()) refuse_all(posted);
}

}  // namespace lull
