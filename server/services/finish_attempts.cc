#include "server/services/finish_attempts.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "server/api/attempt_report.h"

namespace lull {
namespace {

// A report the engine is asked about: where it stands among the results, and what tells it from
// others when the job has ended.
struct Asked {
  int place = 0;
  LeaseToken token;
  uint64_t hash = 0;
};

// A result whose form is wrong is answered by itself; the others go on.
FinishRequest TakeReports(const ServiceParts& parts, const v1::FinishAttemptsRequest& request,
                          std::vector<Asked>* asked, v1::FinishAttemptsResponse* response) {
  FinishRequest finish;
  for (int i = 0; i < request.results_size(); ++i) {
    v1::ReportResult& result = *response->add_results();
    absl::StatusOr<AttemptReport> report =
        ToAttemptReport(request.results(i), parts.max_response_body_bytes);
    if (report.ok()) {
      asked->push_back({i, report->token, report->hash});
      finish.reports.push_back(*std::move(report));
    } else if (absl::IsNotFound(report.status())) {
      result.set_status(v1::REPORT_STATUS_STALE);
    } else {
      result.set_status(v1::REPORT_STATUS_INVALID);
      result.set_detail(std::string(report.status().message()));
    }
  }
  return finish;
}

// Whether this report was taken, for the end of the job or for an attempt before it.
absl::StatusOr<v1::ReportStatus> LookUp(const Asked& asked, PoolReader& reader) {
  const absl::StatusOr<JobEnded> ended = reader.Do(
      [&asked](JobReader& store) { return store.ReadEnded(asked.token.job, /*bodies=*/false); });
  if (absl::IsNotFound(ended.status())) return v1::REPORT_STATUS_STALE;
  if (!ended.ok()) return ended.status();
  // The attempt that ended the job is among them.
  const bool taken =
      asked.hash != 0 && absl::c_any_of(ended->attempts, [&asked](const Attempt& attempt) {
        return attempt.lease == asked.token.lease && attempt.result_hash == asked.hash;
      });
  return taken ? v1::REPORT_STATUS_ACCEPTED : v1::REPORT_STATUS_STALE;
}

absl::Status FillStandings(const FinishReply& reply, const std::vector<Asked>& asked,
                           PoolReader& reader, v1::FinishAttemptsResponse* response) {
  for (size_t i = 0; i < asked.size(); ++i) {
    v1::ReportStatus status = v1::REPORT_STATUS_STALE;
    if (reply.standings[i] == ReportStanding::kAccepted) {
      status = v1::REPORT_STATUS_ACCEPTED;
    } else if (reply.standings[i] == ReportStanding::kNotLive) {
      const absl::StatusOr<v1::ReportStatus> found = LookUp(asked[i], reader);
      if (!found.ok()) return found.status();
      status = *found;
    }
    response->mutable_results(asked[i].place)->set_status(status);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FinishAttempts(const ServiceParts& parts, const Caller& caller,
                            const v1::FinishAttemptsRequest& request, FinishedDone done) {
  std::vector<Asked> asked;
  v1::FinishAttemptsResponse response;
  FinishRequest finish = TakeReports(parts, request, &asked, &response);
  finish.caller = caller;
  finish.worker = request.worker_id();
  return parts.loop->Post(Call<FinishRequest, FinishReply>{
      std::move(finish), [&parts, asked = std::move(asked), response = std::move(response),
                          done = std::move(done)](absl::StatusOr<FinishReply> reply) mutable {
        parts.pool->Run([asked = std::move(asked), response = std::move(response),
                         done = std::move(done),
                         reply = std::move(reply)](PoolReader& reader) mutable {
          if (!reply.ok()) return done(reply.status());
          absl::Status filled = FillStandings(*reply, asked, reader, &response);
          if (!filled.ok()) return done(filled);
          done(std::move(response));
        });
      }});
}

}  // namespace lull
