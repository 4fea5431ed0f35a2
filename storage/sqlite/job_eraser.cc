#include "storage/sqlite/job_eraser.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/sql.h"

namespace lull {

absl::Status JobEraser::Prepare(Connection& connection) {
  LULL_ASSIGN_OR_RETURN(find_live_, connection.Prepare(sql::kFindLive));
  LULL_ASSIGN_OR_RETURN(delete_result_, connection.Prepare(sql::kDeleteResult));
  LULL_ASSIGN_OR_RETURN(delete_body_, connection.Prepare(sql::kDeleteBody));
  LULL_ASSIGN_OR_RETURN(delete_job_, connection.Prepare(sql::kDeleteJob));
  return absl::OkStatus();
}

absl::StatusOr<bool> JobEraser::Erase(JobNumber job) {
  LULL_RETURN_IF_ERROR(delete_result_.Int(job).Run());
  if (delete_result_.changes() == 0) {
    ResetAtEnd reset(find_live_);
    LULL_ASSIGN_OR_RETURN(const bool live, find_live_.Int(job).Step());
    if (!live) return false;
    return absl::InternalError(absl::StrCat("job ", job, " is to be deleted but has not ended"));
  }
  LULL_RETURN_IF_ERROR(delete_body_.Int(job).Run());
  LULL_RETURN_IF_ERROR(delete_job_.Int(job).Run());
  return true;
}

}  // namespace lull
