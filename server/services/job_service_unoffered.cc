// The RPCs of JobService that are not offered yet.
#include "server/services/job_service.h"
#include "server/services/unimplemented.h"

namespace lull {

JobService::Unary* JobService::EstimateJob(Context* context, const v1::EstimateJobRequest*,
                                           v1::EstimateJobResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("EstimateJob"), parts_, reply);
}

}  // namespace lull
