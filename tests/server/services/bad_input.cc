#include "tests/server/services/bad_input.h"

#include <ostream>

#include "absl/strings/match.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/server/services/stored_rows.h"

namespace lull {
namespace {

// What the error says about `field`; "" where it does not name it.
std::string SaidOf(const grpc::Status& status, const std::string& field) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::BadRequest bad;
    if (!any.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      if (violation.field() == field) return violation.description();
    }
  }
  return "";
}

}  // namespace

TestServer* BadInputTest::server_ = nullptr;
std::string BadInputTest::rows_;

std::string NameOf(const testing::TestParamInfo<BadRequest>& info) { return info.param.name; }

void BadInputTest::SetUpTestSuite() {
  server_ = new TestServer();
  server_->MustCreate(TestServer::GoodJob("known-id"));
  server_->MustCreate();
  rows_ = StoredRows(server_->data_dir());
  ASSERT_TRUE(absl::StrContains(rows_, "standard")) << rows_;
}

void BadInputTest::TearDownTestSuite() {
  delete server_;
  server_ = nullptr;
}

void BadInputTest::ExpectRefused(const BadRequest& bad) {
  const grpc::Status status = bad.send(server());
  EXPECT_EQ(status.error_code(), bad.code) << status.error_message();
  EXPECT_EQ(ReasonOf(status), bad.reason) << status.error_message();
  const std::string said = *bad.field != '\0' ? SaidOf(status, bad.field) : status.error_message();
  EXPECT_TRUE(absl::StrContains(said, bad.says))
      << bad.field << ": " << said << "\nall of it: " << status.error_message();
  ExpectNothingStored();
}

void BadInputTest::ExpectNothingStored() {
  EXPECT_EQ(StoredRows(server().data_dir()), rows_) << "the store is not as it was before";
}

}  // namespace lull
