#include "server/create_jobs.h"

#include <memory>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "server/convert_job.h"

namespace lull {
namespace {

// The others of an atomic submit are ABORTED because of this one.
absl::Status FirstRefusal(const std::vector<Submitted>& jobs) {
  absl::Status first;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const absl::Status& status = jobs[i].status;
    if (status.ok() || (absl::IsAborted(status) && !first.ok())) continue;
    if (!first.ok() && !absl::IsAborted(first)) continue;
    if (jobs.size() == 1) return status;
    first = absl::Status(status.code(), absl::StrCat("requests[", i, "]: ", status.message()));
    status.ForEachPayload([&first](absl::string_view type_url, const absl::Cord& value) {
      first.SetPayload(type_url, value);
    });
  }
  return first;
}

void ReadRepeated(const ServiceParts& parts, const Caller& caller,
                  const std::vector<Submitted>& submitted, std::vector<v1::Job> jobs,
                  CreatedDone done) {
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
                           if (!found[i].ok()) return done(found[i].status());
                           ToProto(*found[i], JobDetail::kBasic, &jobs[places[i]]);
                         }
                         done(std::move(jobs));
                       });
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
          std::vector<v1::Job> created(reply->jobs.size());
          for (size_t i = 0; i < created.size(); ++i) {
            if (!reply->jobs[i].existed) NewJobToProto(*reply->jobs[i].spec, &created[i]);
          }
          ReadRepeated(parts, caller, reply->jobs, std::move(created), std::move(done));
        });
      }});
}

}  // namespace lull
