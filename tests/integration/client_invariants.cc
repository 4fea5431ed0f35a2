#include "tests/integration/client_invariants.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

class ClientChecker {
 public:
  ClientChecker(const RunRecord& run, const RunIndex& index, Findings* findings)
      : run_(run), index_(index), findings_(*findings) {}

  void Check() {
    for (const Submission& submission : run_.submissions) CheckSubmission(submission);
    CheckRetries();
    CheckDeletions();
    CheckPriorities();
    findings_.Count("submissions", static_cast<int64_t>(run_.submissions.size()));
    findings_.Count("submissions acknowledged", acknowledged_);
    findings_.Count("acknowledgements, repeated ones included", acknowledgements_);
    findings_.Count("submissions refused", refused_);
    findings_.Count("submits cut off after the commit", cut_after_commit_);
    findings_.Count("submits cut off before the commit", cut_before_commit_);
  }

 private:
  void CheckSubmission(const Submission& submission) {
    const auto found = index_.jobs_by_marker.find(submission.marker);
    const size_t stored = found == index_.jobs_by_marker.end() ? 0 : found->second.size();
    size_t retries = 0;
    if (found != index_.jobs_by_marker.end()) {
      for (const StoredJob* job : found->second) {
        retries += run_.meddling.retries.count(job->spec.id.ToString());
      }
    }
    if (stored > 1 + retries) {
      findings_.Violate("I2", absl::StrCat(submission.request_id, " made ", stored, " jobs, ",
                                           retries, " of them retries"));
    }
    for (const std::string& id : submission.acknowledged) CheckAcknowledged(submission, id);
    acknowledgements_ += static_cast<int64_t>(submission.acknowledged.size());
    if (!submission.acknowledged.empty()) {
      ++acknowledged_;
      CountCuts(submission);
    } else if (submission.refusal) {
      ++refused_;
      if (stored > 0) {
        findings_.Violate(
            "I16", absl::StrCat(submission.marker, " was refused (",
                                absl::StatusCodeToString(*submission.refusal), ") and exists"));
      }
    }
  }

  void CheckAcknowledged(const Submission& submission, const std::string& id) {
    const auto job = index_.jobs_by_id.find(id);
    if (job == index_.jobs_by_id.end()) {
      if (!index_.MayBeGone(id)) {
        findings_.Violate(
            "I1", absl::StrCat(submission.marker, " was acknowledged as ", id, " and is lost"));
      }
    } else if (RunIndex::MarkerOf(*job->second) != submission.marker) {
      findings_.Violate("I2", absl::StrCat(submission.marker, " was acknowledged as ", id,
                                           ", which is ", RunIndex::MarkerOf(*job->second)));
    }
    if (id != submission.acknowledged.front()) {
      findings_.Violate("I2", absl::StrCat(submission.request_id, " was acknowledged as ",
                                           submission.acknowledged.front(), " and as ", id));
    }
  }

  // Submits that were under way when the server was killed, and were acknowledged by the next one.
  void CountCuts(const Submission& submission) {
    const auto job = index_.jobs_by_id.find(submission.acknowledged.front());
    if (job == index_.jobs_by_id.end()) return;
    const absl::Time created = job->second->spec.create_time;
    for (absl::Time kill : run_.server_kills) {
      if (kill < submission.asked || kill > submission.first_acknowledged) continue;
      ++(created < kill ? cut_after_commit_ : cut_before_commit_);
      return;
    }
  }

  // Every retry is there, once, however often it was asked for.
  void CheckRetries() {
    int64_t acknowledged = 0;
    for (const auto& [old_id, new_ids] : run_.meddling.retries) {
      for (const std::string& id : new_ids) {
        ++acknowledged;
        if (id != new_ids.front() || id == old_id) {
          findings_.Violate("I2", absl::StrCat("the retry of ", old_id, " was acknowledged as ",
                                               new_ids.front(), " and as ", id));
        }
        if (!index_.jobs_by_id.contains(id) && !index_.MayBeGone(id)) {
          findings_.Violate("I1", absl::StrCat(id, ", a retry of ", old_id, ", is lost"));
        }
      }
    }
    findings_.Count("retries acknowledged", acknowledged);
  }

  void CheckDeletions() {
    for (const std::string& id : run_.meddling.deleted) {
      if (!index_.jobs_by_id.contains(id)) continue;
      findings_.Violate("I1", absl::StrCat(id, " was deleted and is there again"));
    }
    findings_.Count("deletions acknowledged", static_cast<int64_t>(run_.meddling.deleted.size()));
  }

  void CheckPriorities() {
    int64_t set = 0;
    for (const auto& [id, priority] : run_.meddling.priorities) {
      const auto job = index_.jobs_by_id.find(id);
      if (!priority || job == index_.jobs_by_id.end() || !job->second->ended) continue;
      ++set;
      if (job->second->ended->priority != *priority) {
        findings_.Violate("I1", absl::StrCat("the priority of ", id, " was set to ", *priority,
                                             " and is ", job->second->ended->priority));
      }
    }
    findings_.Count("priorities set", set);
  }

  const RunRecord& run_;
  const RunIndex& index_;
  Findings& findings_;
  int64_t acknowledged_ = 0;
  int64_t acknowledgements_ = 0;
  int64_t refused_ = 0;
  int64_t cut_after_commit_ = 0;
  int64_t cut_before_commit_ = 0;
};

}  // namespace

void CheckClients(const RunRecord& run, const RunIndex& index, Findings* findings) {
  ClientChecker(run, index, findings).Check();
}

}  // namespace lull
