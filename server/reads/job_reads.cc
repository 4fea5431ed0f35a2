#include "server/reads/job_reads.h"

#include <utility>

#include "base/status_macros.h"
#include "server/api/rpc_error.h"

namespace lull {
namespace {

constexpr int64_t kNoLimit = int64_t{1} << 62;

absl::StatusOr<std::shared_ptr<const JobSpec>> ReadSpec(PoolReader& reader, JobNumber job,
                                                        bool bodies) {
  return reader.Do([=](JobReader& store) { return store.ReadSpec(job, bodies); });
}

JobReads::JobsDone FirstOf(JobReads::JobDone done) {
  return [done = std::move(done)](std::vector<absl::StatusOr<JobSnapshot>> jobs) mutable {
    done(std::move(jobs[0]));
  };
}

int64_t SizeOf(const Bytes& bytes) { return bytes ? static_cast<int64_t>(bytes->size()) : 0; }

}  // namespace

absl::StatusOr<JobNumber> FindJobNumber(PoolReader& reader, const std::string& tenant,
                                        const std::string& job_id) {
  const std::optional<JobId> id = JobId::Parse(job_id);
  if (!id) return JobNotFoundError(job_id);
  const absl::StatusOr<JobReader::Found> found =
      reader.Do([&id](JobReader& store) { return store.FindJob(*id); });
  if (absl::IsNotFound(found.status()) || (found.ok() && found->tenant != tenant)) {
    return JobNotFoundError(job_id);
  }
  LULL_RETURN_IF_ERROR(found.status());
  return found->number;
}

// Some jobs on their way through store and engine.
struct JobReads::Batch {
  struct Item {
    JobRef job;
    std::optional<LiveView> live;
    std::optional<absl::StatusOr<JobSnapshot>> result;
  };

  Caller caller;
  JobDetail detail = JobDetail::kBasic;
  int64_t body_bytes_left = kNoLimit;
  std::vector<Item> items;
  JobsDone done;

  bool WantsBodies() const { return detail == JobDetail::kFull && body_bytes_left > 0; }

  absl::StatusOr<JobSnapshot> Finished(PoolReader& reader, JobNumber number) {
    const bool bodies = WantsBodies();
    JobSnapshot job;
    LULL_ASSIGN_OR_RETURN(JobEnded ended, reader.Do([=](JobReader& store) {
      return store.ReadEnded(number, bodies);
    }));
    body_bytes_left -= SizeOf(ended.response);
    job.now = std::move(ended);
    return WithSpec(reader, number, bodies, std::move(job));
  }

  absl::StatusOr<JobSnapshot> WithSpec(PoolReader& reader, JobNumber number, bool bodies,
                                       JobSnapshot job) {
    LULL_ASSIGN_OR_RETURN(job.spec, ReadSpec(reader, number, bodies));
    body_bytes_left -= SizeOf(job.spec->body);
    return job;
  }

  void FailOpenItems(const absl::Status& status) {
    for (Item& item : items) {
      if (!item.result) item.result = status;
    }
  }

  void Finish() {
    std::vector<absl::StatusOr<JobSnapshot>> results;
    results.reserve(items.size());
    for (Item& item : items) results.push_back(*std::move(item.result));
    done(std::move(results));
  }
};

void JobReads::Find(const Caller& caller, const std::string& job_id, FoundDone done) {
  // Shared, so that it is still there if the pool refuses.
  auto shared_done = std::make_shared<FoundDone>(std::move(done));
  const absl::Status posted =
      pool_->Read([tenant = caller.tenant, job_id, shared_done](PoolReader& reader) {
        (*shared_done)(FindJobNumber(reader, tenant, job_id));
      });
  if (!posted.ok()) (*shared_done)(posted);
}

void JobReads::Get(const Caller& caller, JobRef job, JobDetail detail, JobDone done) {
  GetMany(caller, {std::move(job)}, detail, kNoLimit, FirstOf(std::move(done)));
}

void JobReads::GetMany(const Caller& caller, std::vector<JobRef> jobs, JobDetail detail,
                       int64_t max_body_bytes, JobsDone done) {
  auto batch = std::make_shared<Batch>();
  batch->caller = caller;
  batch->detail = detail;
  batch->body_bytes_left = max_body_bytes;
  for (JobRef& job : jobs) batch->items.push_back({std::move(job), std::nullopt, std::nullopt});
  batch->done = std::move(done);
  ReadEnded(std::move(batch));
}

void JobReads::Complete(JobRef job, std::optional<LiveView> live, JobDetail detail, JobDone done) {
  auto batch = std::make_shared<Batch>();
  batch->detail = detail;
  batch->items.resize(1);
  batch->items[0].job = std::move(job);
  batch->items[0].live = std::move(live);
  batch->done = FirstOf(std::move(done));
  ReadLive(std::move(batch));
}

// An outcome in the store is final, so the engine need not be asked about jobs that have one.
void JobReads::ReadEnded(std::shared_ptr<Batch> batch) {
  const absl::Status posted = pool_->Read([this, batch](PoolReader& reader) {
    bool some_live = false;
    for (Batch::Item& item : batch->items) {
      if (item.job.number == 0) {
        const absl::StatusOr<JobNumber> number =
            FindJobNumber(reader, batch->caller.tenant, item.job.id);
        if (!number.ok()) {
          item.result = number.status();
          continue;
        }
        item.job.number = *number;
      }
      absl::StatusOr<JobSnapshot> ended = batch->Finished(reader, item.job.number);
      if (absl::IsNotFound(ended.status())) {
        some_live = true;
      } else {
        item.result = std::move(ended);
      }
    }
    if (some_live) {
      AskEngine(batch);
    } else {
      batch->Finish();
    }
  });
  if (posted.ok()) return;
  batch->FailOpenItems(posted);
  batch->Finish();
}

void JobReads::AskEngine(std::shared_ptr<Batch> batch) {
  ReadRequest request;
  request.caller = batch->caller;
  for (const Batch::Item& item : batch->items) {
    if (!item.result) request.jobs.push_back(item.job.number);
  }
  const absl::Status posted = loop_->Post(Call<ReadRequest, ReadReply>{
      std::move(request), [this, batch](absl::StatusOr<ReadReply> reply) {
        if (!reply.ok()) {
          batch->FailOpenItems(reply.status());
          pool_->Run([batch](PoolReader&) { batch->Finish(); });
          return;
        }
        size_t next = 0;
        for (Batch::Item& item : batch->items) {
          if (!item.result) item.live = std::move(reply->jobs[next++]);
        }
        ReadLive(batch);
      }});
  if (posted.ok()) return;
  batch->FailOpenItems(posted);
  batch->Finish();
}

// A job that the engine no longer has has ended since the store was looked at.
void JobReads::ReadLive(std::shared_ptr<Batch> batch) {
  pool_->Run([batch](PoolReader& reader) {
    for (Batch::Item& item : batch->items) {
      if (item.result) continue;
      if (item.live) {
        JobSnapshot job;
        job.now = *std::move(item.live);
        item.result =
            batch->WithSpec(reader, item.job.number, batch->WantsBodies(), std::move(job));
      } else {
        item.result = batch->Finished(reader, item.job.number);
      }
      if (absl::IsNotFound(item.result->status()) && !item.job.id.empty()) {
        item.result = JobNotFoundError(item.job.id);
      }
    }
    batch->Finish();
  });
}

}  // namespace lull
