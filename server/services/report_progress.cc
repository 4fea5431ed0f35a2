#include "server/services/report_progress.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace lull {
namespace {

constexpr int kMaxPieces = 1000;
constexpr int64_t kMaxPieceBytes = int64_t{1} << 20;
constexpr int64_t kMaxReportBytes = int64_t{4} << 20;

// Those whose tokens are ours by their form; the others are lost in any case.
struct Piece {
  int place = 0;
  JobNumber job = 0;
  int64_t offset = 0;
  std::string data;
};

void HandOn(const ServiceParts& parts, const std::vector<Piece>& pieces, const ProgressReply& reply,
            PoolReader& reader) {
  std::vector<JobNumber> jobs;
  for (const Piece& piece : pieces) jobs.push_back(piece.job);
  const auto found = parts.watches->events().identities().Get(jobs, reader);
  if (!found.ok()) {  // it may have gaps
    return LogWarning("watch", "partial output was dropped", {{"status", found.status()}});
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (reply.leases[i].standing == LeaseStanding::kLost || (*found)[i] == nullptr) continue;
    parts.watches->PutOutput(pieces[i].job, *(*found)[i], reply.leases[i].attempt_number,
                             pieces[i].offset, pieces[i].data);
  }
}

}  // namespace

v1::LeaseStatus ToLeaseStatus(LeaseStanding standing) {
  switch (standing) {
    case LeaseStanding::kHeld:
      return v1::LEASE_STATUS_OK;
    case LeaseStanding::kCancel:
      return v1::LEASE_STATUS_CANCEL;
    case LeaseStanding::kLost:
      break;
  }
  return v1::LEASE_STATUS_LOST;
}

void CheckProgress(const v1::ReportProgressRequest& request, Violations* violations) {
  if (request.progress_size() > kMaxPieces) {
    violations->Add("progress", absl::StrCat("has ", request.progress_size(), " entries; at most ",
                                             kMaxPieces, " are allowed"));
  }
  int64_t bytes = 0;
  for (int i = 0; i < request.progress_size(); ++i) {
    const v1::Progress& piece = request.progress(i);
    const int64_t size = static_cast<int64_t>(piece.data().size());
    bytes += size;
    if (size > kMaxPieceBytes) {
      violations->Add(
          absl::StrCat("progress[", i, "].data"),
          absl::StrCat("has ", size, " bytes; at most ", kMaxPieceBytes, " are allowed"));
    }
    if (piece.offset() < 0) {
      violations->Add(absl::StrCat("progress[", i, "].offset"),
                      absl::StrCat("is ", piece.offset(), "; a number from 0 on is allowed"));
    }
  }
  if (bytes > kMaxReportBytes) {
    violations->Add("progress", absl::StrCat("has ", bytes, " bytes of data together; at most ",
                                             kMaxReportBytes, " are allowed"));
  }
}

absl::Status ReportProgress(const ServiceParts& parts, const Caller& caller,
                            const v1::ReportProgressRequest& request, ProgressDone done) {
  ProgressRequest question{caller, request.worker_id(), {}, 0};
  std::vector<Piece> pieces;
  for (int i = 0; i < request.progress_size(); ++i) {
    const v1::Progress& progress = request.progress(i);
    const std::optional<LeaseToken> token = LeaseToken::Parse(progress.lease_token());
    if (!token) continue;
    question.tokens.push_back(*token);
    question.bytes += static_cast<int64_t>(progress.data().size());
    pieces.push_back({i, token->job, progress.offset(), progress.data()});
  }
  v1::ReportProgressResponse response;
  response.mutable_statuses()->Resize(request.progress_size(), v1::LEASE_STATUS_LOST);
  return parts.loop->Post(Call<ProgressRequest, ProgressReply>{
      std::move(question), [&parts, pieces = std::move(pieces), response = std::move(response),
                            done = std::move(done)](absl::StatusOr<ProgressReply> reply) mutable {
        parts.pool->Run([&parts, pieces = std::move(pieces), response = std::move(response),
                         done = std::move(done),
                         reply = std::move(reply)](PoolReader& reader) mutable {
          if (!reply.ok()) return done(reply.status());
          for (size_t i = 0; i < pieces.size(); ++i) {
            response.set_statuses(pieces[i].place, ToLeaseStatus(reply->leases[i].standing));
          }
          HandOn(parts, pieces, *reply, reader);
          done(std::move(response));
        });
      }});
}

}  // namespace lull
