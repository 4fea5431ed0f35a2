#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using ::testing::ElementsAre;

class GetUsageTest : public ::testing::Test {
 protected:
  void Call(const std::string& model) {
    v1::CreateJobRequest request = TestServer::GoodJob();
    request.mutable_job()->mutable_request()->set_body(absl::StrCat(
        R"({"model":")", model, R"(","messages":[{"role":"user","content":"hello"}]})"));
    server_.MustCreate(request);
    ASSERT_TRUE(server_.Finish(TestServer::Success(server_.MustLease().lease_token())).ok());
  }
  Answer<v1::GetUsageResponse> Ask(const v1::GetUsageRequest& request) {
    return TestServer::Ask(server_.admin(), &v1::AdminService::Stub::GetUsage, request);
  }

  TestServer server_;
};

TEST_F(GetUsageTest, AddsUpWhatCallsUsedByDayAndModelAlsoAfterARestart) {
  Call("m1");
  Call("m2");
  Call("m1");
  server_.clock().Advance(absl::Hours(24));
  Call("m1");
  server_.Restart();
  const auto usage = Ask({});
  ASSERT_TRUE(usage.ok()) << usage.status.error_message();
  ASSERT_EQ(usage->rows_size(), 3);
  const v1::UsageRow& row = usage->rows(0);
  EXPECT_EQ(row.day(), "2026-01-05");
  EXPECT_EQ(row.tenant(), "default");
  EXPECT_EQ(row.class_name(), "standard");
  EXPECT_EQ(row.upstream(), "up");
  EXPECT_EQ(row.model(), "m1");
  EXPECT_EQ(row.calls(), 2);
  EXPECT_EQ(row.usage().prompt_tokens(), 6);
  EXPECT_EQ(row.usage().completion_tokens(), 10);
  EXPECT_FALSE(row.has_cost());
  EXPECT_EQ(usage->rows(1).model(), "m2");
  EXPECT_EQ(usage->rows(2).day(), "2026-01-06");
  EXPECT_EQ(usage->next_page_token(), "");
}

TEST_F(GetUsageTest, SelectsByDayTenantAndClass) {
  Call("m1");
  v1::GetUsageRequest request;
  request.set_last_day("2026-01-04");
  EXPECT_EQ(Ask(request)->rows_size(), 0);
  request.set_last_day("2026-01-05");
  EXPECT_EQ(Ask(request)->rows_size(), 1);
  request.set_class_name("batch");
  EXPECT_EQ(Ask(request)->rows_size(), 0);
  request.set_class_name("standard");
  request.set_tenant("nobody");
  EXPECT_EQ(Ask(request)->rows_size(), 0);
}

TEST_F(GetUsageTest, PagesGoOnWhereTheLastOneEndedAndTheTokenIsOfThatListAlone) {
  Call("m1");
  Call("m2");
  v1::GetUsageRequest request;
  request.set_page_size(1);
  const auto first = Ask(request);
  ASSERT_EQ(first->rows_size(), 1);
  ASSERT_NE(first->next_page_token(), "");
  request.set_page_token(first->next_page_token());
  const auto second = Ask(request);
  ASSERT_EQ(second->rows_size(), 1);
  EXPECT_EQ(second->rows(0).model(), "m2");
  EXPECT_EQ(second->next_page_token(), "");
  request.set_class_name("standard");
  EXPECT_EQ(ReasonOf(Ask(request).status), "PAGE_TOKEN_MISMATCH");
}

TEST_F(GetUsageTest, AllThatIsWrongIsSaidAtOnce) {
  v1::GetUsageRequest request;
  request.set_first_day("2026-1-05");
  request.set_last_day("yesterday");
  request.set_page_size(10'001);
  EXPECT_THAT(ViolationsOf(Ask(request).status), ElementsAre("last_day", "first_day", "page_size"));
  request.Clear();
  request.set_first_day("2026-01-06");
  request.set_last_day("2026-01-05");
  EXPECT_THAT(ViolationsOf(Ask(request).status), ElementsAre("first_day"));
  request.Clear();
  request.set_page_token("nonsense");
  EXPECT_THAT(ViolationsOf(Ask(request).status), ElementsAre("page_token"));
}

}  // namespace
}  // namespace lull
