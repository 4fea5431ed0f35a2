// The parts of an overview as tables for people.
#ifndef LULL_TOOLS_LULL_ADMIN_OVERVIEW_TABLES_H_
#define LULL_TOOLS_LULL_ADMIN_OVERVIEW_TABLES_H_

#include <google/protobuf/repeated_ptr_field.h>

#include "absl/time/time.h"
#include "proto/admin_service.pb.h"
#include "tools/lull/table.h"

namespace lull {

// Each with a heading row; `now` is the moment that the rows describe.
Table ClassTable(const google::protobuf::RepeatedPtrField<v1::ClassStatus>& classes,
                 absl::Time now);
Table UpstreamTable(const google::protobuf::RepeatedPtrField<v1::UpstreamStatus>& upstreams,
                    absl::Time now);
Table LaneTable(const google::protobuf::RepeatedPtrField<v1::LaneStatus>& lanes, absl::Time now);
Table WorkerTable(const google::protobuf::RepeatedPtrField<v1::WorkerStatus>& workers,
                  absl::Time now);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_ADMIN_OVERVIEW_TABLES_H_
