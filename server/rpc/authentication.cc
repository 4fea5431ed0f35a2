#include "server/rpc/authentication.h"

#include "absl/strings/str_cat.h"
#include "server/api/rpc_error.h"

namespace lull {
namespace {

bool Has(const Roles& roles, v1::Role role) {
  switch (role) {
    case v1::ROLE_CLIENT:
      return roles.client;
    case v1::ROLE_WORKER:
      return roles.worker;
    case v1::ROLE_OPERATOR:
      return roles.operator_;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<Caller> CallerOf(const grpc::ServerContextBase&) {
  return Caller{"default", Roles{.client = true, .worker = true, .operator_ = true}};
}

absl::Status Authorize(const Caller& caller, const RpcMethod& method) {
  if (Has(caller.roles, method.role)) return absl::OkStatus();
  return RpcError(absl::StatusCode::kPermissionDenied, "ROLE_REQUIRED",
                  absl::StrCat(method.name, " needs ", v1::Role_Name(method.role),
                               ", which the caller does not have"));
}

}  // namespace lull
