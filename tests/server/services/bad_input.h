// A running server that is sent what it must refuse: each refusal precise, and nothing stored by
// it.
#ifndef LULL_TESTS_SERVER_SERVICES_BAD_INPUT_H_
#define LULL_TESTS_SERVER_SERVICES_BAD_INPUT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace lull {

// One wrong request and what has to be said about it.
struct BadRequest {
  const char* name;
  std::function<grpc::Status(TestServer&)> send;
  // A field of the request, which is INVALID_ARGUMENT then; "": another error, see `code`.
  const char* field;
  // Stands in what is said about the field, or else in the error's message: the value, and what is
  // allowed.
  const char* says;
  grpc::StatusCode code = grpc::StatusCode::INVALID_ARGUMENT;
  const char* reason = "INVALID_REQUEST";
};

std::string NameOf(const testing::TestParamInfo<BadRequest>& info);

// One server and two waiting jobs for all cases of a program.
class BadInputTest : public testing::TestWithParam<BadRequest> {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  static TestServer& server() { return *server_; }

  // Sends it and expects the refusal, and a store that is as before.
  void ExpectRefused(const BadRequest& bad);
  static void ExpectNothingStored();

 private:
  static TestServer* server_;
  static std::string rows_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_SERVICES_BAD_INPUT_H_
