// GetUsage: what calls used, by day, tenant, class, upstream and model, page by page.
#ifndef LULL_SERVER_SERVICES_GET_USAGE_H_
#define LULL_SERVER_SERVICES_GET_USAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/admin_service.pb.h"
#include "server/api/page_token.h"
#include "storage/job_store.h"

namespace lull {

// A page that was asked for.
struct UsagePage {
  JobReader::UsageQuery query;
  PageScope scope;

  // INVALID_ARGUMENT with everything that is wrong.
  static absl::StatusOr<UsagePage> From(const v1::GetUsageRequest& request, absl::Time now);

  // Reads it; on a thread that may block.
  absl::StatusOr<v1::GetUsageResponse> Read(JobReader& reader) const;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_GET_USAGE_H_
