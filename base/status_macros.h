// Handing errors on without a branch at each call.
//
//   LULL_RETURN_IF_ERROR(Write(record));                 // an absl::Status
//   LULL_ASSIGN_OR_RETURN(const Job job, Read(id));      // an absl::StatusOr<Job>
//
// Both return the status from the calling function, which returns absl::Status or any
// absl::StatusOr.
#ifndef LULL_BASE_STATUS_MACROS_H_
#define LULL_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define LULL_RETURN_IF_ERROR(...)                                                        \
  do {                                                                                   \
    if (absl::Status lull_status = (__VA_ARGS__); !lull_status.ok()) return lull_status; \
  } while (false)

// Expands to several statements: not for the branch of an if without braces. A declaration with a
// comma in its type needs an alias.
#define LULL_ASSIGN_OR_RETURN(declaration, ...) \
  LULL_ASSIGN_OR_RETURN_AT_(LULL_JOIN_(lull_result_, __LINE__), declaration, __VA_ARGS__)

#define LULL_ASSIGN_OR_RETURN_AT_(result, declaration, ...) \
  auto result = (__VA_ARGS__);                              \
  if (!result.ok()) return std::move(result).status();      \
  declaration = *std::move(result)

#define LULL_JOIN_(a, b) LULL_JOIN_AGAIN_(a, b)
#define LULL_JOIN_AGAIN_(a, b) a##b

#endif  // LULL_BASE_STATUS_MACROS_H_
