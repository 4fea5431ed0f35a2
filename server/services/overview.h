// The engine's numbers as operators are shown them.
#ifndef LULL_SERVER_SERVICES_OVERVIEW_H_
#define LULL_SERVER_SERVICES_OVERVIEW_H_

#include "absl/time/time.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proto/admin_service.pb.h"
#include "server/engine/operator_command.h"
#include "server/scheduler/plan.h"
#include "server/services/service_parts.h"

namespace lull {

void FillClass(const ClassStats& stats, const Plan& plan, v1::ClassStatus* proto);
void FillWorker(const WorkerStats& stats, absl::Time now, v1::WorkerStatus* proto);
void FillWorkers(const StatsReply& stats, absl::Time now,
                 google::protobuf::RepeatedPtrField<v1::WorkerStatus>* workers);
void FillOverview(const StatsReply& stats, const ServiceParts& parts, v1::Overview* overview);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_OVERVIEW_H_
