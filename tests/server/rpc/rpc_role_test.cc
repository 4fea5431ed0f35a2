// Every RPC of the API says who may call it, and is refused to everybody else.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "proto/admin_service.pb.h"
#include "proto/batch_service.pb.h"
#include "proto/job_service.pb.h"
#include "proto/role.pb.h"
#include "proto/worker_service.pb.h"
#include "server/rpc/authentication.h"
#include "server/rpc/rpc_method.h"

namespace lull {
namespace {

std::vector<const google::protobuf::ServiceDescriptor*> AllServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetJobRequest::descriptor()->file(), v1::GetBatchRequest::descriptor()->file(),
        v1::LeasedJob::descriptor()->file(), v1::Overview::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

Roles Only(v1::Role role) {
  return {.client = role == v1::ROLE_CLIENT,
          .worker = role == v1::ROLE_WORKER,
          .operator_ = role == v1::ROLE_OPERATOR};
}

TEST(RpcRole, EveryRpcStatesOneAndIsOpenToItAlone) {
  int methods = 0;
  for (const auto* service : AllServices()) {
    const RpcMethods table(service);
    for (int i = 0; i < service->method_count(); ++i, ++methods) {
      const RpcMethod& method = table.Get(service->method(i)->name());
      EXPECT_NE(method.role, v1::ROLE_UNSPECIFIED) << method.name;
      for (const v1::Role role : {v1::ROLE_CLIENT, v1::ROLE_WORKER, v1::ROLE_OPERATOR}) {
        const absl::Status status = Authorize(Caller{"t", Only(role)}, method);
        EXPECT_EQ(status.ok(), role == method.role) << method.name << " " << role;
        if (!status.ok()) {
          EXPECT_TRUE(absl::IsPermissionDenied(status));
          EXPECT_TRUE(absl::StrContains(status.message(), method.name)) << status;
        }
      }
    }
  }
  EXPECT_EQ(AllServices().size(), 4u);
  EXPECT_GT(methods, 30);
}

TEST(RpcRole, ServicesHaveTheRolesOfWhoTheyAreFor) {
  for (const auto* service : AllServices()) {
    const v1::Role expected = service->name() == "WorkerService"  ? v1::ROLE_WORKER
                              : service->name() == "AdminService" ? v1::ROLE_OPERATOR
                                                                  : v1::ROLE_CLIENT;
    for (int i = 0; i < service->method_count(); ++i) {
      EXPECT_EQ(RpcMethods(service).Get(service->method(i)->name()).role, expected)
          << service->method(i)->full_name();
    }
  }
}

TEST(RpcRole, AMethodWithoutOneIsRefusedToEverybody) {
  const Caller all{"t", Roles{.client = true, .worker = true, .operator_ = true}};
  EXPECT_TRUE(absl::IsPermissionDenied(Authorize(all, RpcMethod{"x/Y", v1::ROLE_UNSPECIFIED})));
}

}  // namespace
}  // namespace lull
