// Page tokens: where a list goes on, bound to what was listed, so that a token that is used with
// another RPC, tenant or filter is refused instead of giving a page of something else.
//
// Opaque to clients: a version, the position and a hash over position and scope, in base64url. The
// hash guards against mistakes, not against forgery: whoever makes up a token gets his own jobs
// from another place on. Tokens stay good over restarts, and for as long as the version is the
// same.
//
// Pure functions, for any thread.
#ifndef LULL_SERVER_API_PAGE_TOKEN_H_
#define LULL_SERVER_API_PAGE_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace lull {

// What a token belongs to.
struct PageScope {
  std::string method;  // of the service, e.g. "ListJobs"
  std::string tenant;
  std::string filter;  // in one spelling (JobFilterText)
};

// For the page of the jobs whose numbers are smaller than `before`.
std::string MakePageToken(const PageScope& scope, JobNumber before);

// `before`. INVALID_ARGUMENT with a violation of `page_token`: reason INVALID_REQUEST where it is
// no page token at all, PAGE_TOKEN_MISMATCH where it is not one of this scope.
absl::StatusOr<JobNumber> ReadPageToken(const PageScope& scope, absl::string_view token);

// The same for a list that goes on after a text instead of a number.
std::string MakeTextPageToken(const PageScope& scope, absl::string_view position);
absl::StatusOr<std::string> ReadTextPageToken(const PageScope& scope, absl::string_view token);

}  // namespace lull

#endif  // LULL_SERVER_API_PAGE_TOKEN_H_
