#include "server/services/list_jobs.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/reads/job_selection.h"
#include "server/services/job_view.h"

namespace lull {
namespace {

constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;

using ListCall = std::shared_ptr<UnaryCall<v1::ListJobsResponse>>;

// One page on its way.
struct Listing {
  const ServiceParts& parts;
  ListCall call;
  JobSelection selection;
  JobDetail detail = JobDetail::kBasic;
  int page_size = kDefaultPageSize;
  SelectedJobs selected = SelectedJobs();
};
using SharedListing = std::shared_ptr<Listing>;

bool StillMatches(const JobFilter& filter, const JobSnapshot& job) {
  FilteredJob now;
  now.create_time = job.spec->create_time;
  now.labels = &job.spec->labels;
  const auto read = [&now](JobState state, const std::string& class_name,
                           const std::optional<Labels>& changed) {
    now.state = state;
    now.class_name = class_name;
    if (changed) now.labels = &*changed;
  };
  if (const auto* live = std::get_if<LiveView>(&job.now)) {
    read(live->state.state, live->state.class_name, live->state.labels);
  } else {
    const auto& ended = std::get<JobEnded>(job.now);
    read(ended.state, ended.class_name, ended.labels);
  }
  return filter.Matches(now);
}

absl::Status AddBodies(PoolReader& reader, JobSnapshot* job) {
  const JobNumber number = job->spec->number;
  LULL_ASSIGN_OR_RETURN(job->spec, reader.Do([number](JobReader& store) {
    return store.ReadSpec(number, /*bodies=*/true);
  }));
  if (std::holds_alternative<LiveView>(job->now)) return absl::OkStatus();
  LULL_ASSIGN_OR_RETURN(job->now, reader.Do([number](JobReader& store) {
    return store.ReadEnded(number, /*bodies=*/true);
  }));
  return absl::OkStatus();
}

// With bodies a page ends where the next job would make it too large.
absl::Status FillPage(PoolReader& reader, const Listing& listing, std::vector<JobSnapshot> jobs,
                      v1::ListJobsResponse* page) {
  page->set_next_page_token(listing.selection.PageTokenFor(listing.selected.next));
  int64_t bytes = 0;
  for (JobSnapshot& job : jobs) {
    const JobNumber number = job.spec->number;
    if (listing.detail == JobDetail::kFull) {
      const absl::Status read = AddBodies(reader, &job);
      if (absl::IsNotFound(read)) continue;  // deleted since
      LULL_RETURN_IF_ERROR(read);
    }
    v1::Job* proto = page->add_jobs();
    ToProto(job, listing.detail, proto);
    bytes += static_cast<int64_t>(proto->ByteSizeLong());
    if (bytes > kMaxReplyBytes && page->jobs_size() > 1) {
      page->mutable_jobs()->RemoveLast();
      page->set_next_page_token(listing.selection.PageTokenFor(number + 1));
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

// Between the store's answer and the engine's a job may have gone on, or be deleted.
void AnswerPage(SharedListing listing, std::vector<absl::StatusOr<JobSnapshot>> found) {
  std::vector<JobSnapshot> jobs;
  for (absl::StatusOr<JobSnapshot>& job : found) {
    if (job.ok()) {
      if (StillMatches(listing->selection.filter, *job)) jobs.push_back(*std::move(job));
    } else if (!absl::IsNotFound(job.status())) {
      listing->call->Fail(job.status());
      return;
    }
  }
  listing->parts.pool->Run([listing, jobs = std::move(jobs)](PoolReader& reader) mutable {
    if (listing->call->has_ended()) return;
    v1::ListJobsResponse page;
    const absl::Status filled = FillPage(reader, *listing, std::move(jobs), &page);
    if (!filled.ok()) {
      listing->call->Fail(filled);
      return;
    }
    listing->call->Answer([&page](v1::ListJobsResponse* reply) { reply->Swap(&page); });
  });
}

void ReadPage(SharedListing listing, PoolReader& reader) {
  absl::StatusOr<SelectedJobs> selected =
      FindSelected(reader, listing->call->caller(), listing->selection, listing->page_size);
  if (!selected.ok()) {
    listing->call->Fail(selected.status());
    return;
  }
  listing->selected = *std::move(selected);
  std::vector<JobRef> jobs;
  for (JobNumber number : listing->selected.jobs) jobs.push_back({"", number});
  listing->parts.reads->GetMany(listing->call->caller(), std::move(jobs), JobDetail::kBasic,
                                /*max_body_bytes=*/0,
                                [listing](std::vector<absl::StatusOr<JobSnapshot>> found) {
                                  AnswerPage(listing, std::move(found));
                                });
}

}  // namespace

absl::Status ListJobs(const ServiceParts& parts, ListCall call,
                      const v1::ListJobsRequest& request) {
  Violations violations;
  const JobDetail detail = ReadView(request.view(), JobDetail::kBasic, &violations);
  if (request.page_size() < 0) {
    violations.Add("page_size",
                   absl::StrCat("is ", request.page_size(), "; from 1 to ", kMaxPageSize,
                                " is allowed, 0 means ", kDefaultPageSize));
  }
  absl::StatusOr<JobSelection> selection =
      ReadFilterSelection("ListJobs", call->caller(), request.filter(), EmptyFilter::kMeansAll,
                          request.page_token(), &violations);
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  LULL_RETURN_IF_ERROR(selection.status());
  auto listing = std::make_shared<Listing>(Listing{parts, call, *std::move(selection), detail});
  if (request.page_size() > 0) listing->page_size = std::min(request.page_size(), kMaxPageSize);
  return parts.pool->Read([listing](PoolReader& reader) { ReadPage(listing, reader); });
}

}  // namespace lull
