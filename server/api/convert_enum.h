// The enums of the API and those of the records and the engine, each pair by one table.
//
// ToProto never fails. FromProto gives nullopt for a number that this version does not know, and
// for one that has no counterpart.
#ifndef LULL_SERVER_API_CONVERT_ENUM_H_
#define LULL_SERVER_API_CONVERT_ENUM_H_

#include <optional>

#include "proto/attempt.pb.h"
#include "proto/job.pb.h"
#include "proto/policy.pb.h"
#include "server/scheduler/pending_reason.h"
#include "storage/record.h"

namespace lull {

v1::JobState ToProto(JobState state);
v1::CancelCause ToProto(CancelCause cause);
v1::PendingReason ToProto(PendingReason reason);
v1::ServedFrom ToProto(ServedFrom served_from);
v1::Outcome ToProto(Outcome outcome);
v1::Billed ToProto(Billed billed);
v1::OutsideWindow ToProto(OutsideWindow outside_window);
v1::RunWhen ToProto(RunWhen run_when);

std::optional<JobState> FromProto(v1::JobState state);
std::optional<CancelCause> FromProto(v1::CancelCause cause);
std::optional<PendingReason> FromProto(v1::PendingReason reason);
std::optional<ServedFrom> FromProto(v1::ServedFrom served_from);
std::optional<Outcome> FromProto(v1::Outcome outcome);
std::optional<Billed> FromProto(v1::Billed billed);
std::optional<OutsideWindow> FromProto(v1::OutsideWindow outside_window);
std::optional<RunWhen> FromProto(v1::RunWhen run_when);

}  // namespace lull

#endif  // LULL_SERVER_API_CONVERT_ENUM_H_
