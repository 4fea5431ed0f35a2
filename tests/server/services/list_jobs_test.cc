// ListJobs over a real channel, store and engine.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

v1::ListJobsRequest Query(const std::string& filter, int page_size = 0) {
  v1::ListJobsRequest request;
  request.set_filter(filter);
  request.set_page_size(page_size);
  return request;
}

Answer<v1::ListJobsResponse> List(TestServer& server, const v1::ListJobsRequest& request) {
  return server.AskJobs(&v1::JobService::Stub::ListJobs, request);
}

struct Listed {
  std::vector<std::string> ids;
  int pages = 0;
  int longest = 0;
  int shortest = INT32_MAX;  // of all but the last
};

Listed ListAll(TestServer& server, v1::ListJobsRequest request) {
  Listed listed;
  while (true) {
    const auto page = List(server, request);
    EXPECT_TRUE(page.ok()) << page.status.error_message();
    ++listed.pages;
    listed.longest = std::max(listed.longest, page->jobs_size());
    for (const v1::Job& job : page->jobs()) listed.ids.push_back(job.id());
    if (!page.ok() || page->next_page_token().empty()) return listed;
    listed.shortest = std::min(listed.shortest, page->jobs_size());
    request.set_page_token(page->next_page_token());
  }
}

std::vector<std::string> Ids(const Answer<v1::ListJobsResponse>& answer) {
  std::vector<std::string> ids;
  for (const v1::Job& job : answer->jobs()) ids.push_back(job.id());
  return ids;
}

v1::CreateJobRequest Labelled(const std::string& team) {
  v1::CreateJobRequest request = TestServer::GoodJob();
  (*request.mutable_job()->mutable_labels())["team"] = team;
  return request;
}

using Texts = std::vector<std::string>;

TEST(ListJobs, GivesLiveAndEndedJobsNewestFirstAsTheyAreNow) {
  TestServer server;
  EXPECT_EQ(List(server, Query(""))->jobs_size(), 0);
  const std::string succeeded = server.MustSucceed().id();
  const std::string running = server.MustCreate().id();
  server.MustLease();
  const std::string pending = server.MustCreate().id();
  const auto page = List(server, Query(""));
  ASSERT_TRUE(page.ok()) << page.status.error_message();
  EXPECT_EQ(Ids(page), (Texts{pending, running, succeeded}));
  EXPECT_EQ(page->next_page_token(), "");
  EXPECT_EQ(page->jobs(0).state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(page->jobs(1).state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(page->jobs(2).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(page->jobs(2).response().finish_reason(), "stop");
  EXPECT_EQ(page->jobs(2).response().body(), "");
  EXPECT_EQ(page->jobs(2).attempts_size(), 0);

  v1::ListJobsRequest full = Query("");
  full.set_view(v1::JOB_VIEW_FULL);
  const auto whole = List(server, full);
  EXPECT_EQ(whole->jobs(2).response().body(), "{\"a\":1}");
  EXPECT_EQ(whole->jobs(0).request().body(), TestServer::GoodJob().job().request().body());
  EXPECT_EQ(whole->jobs(1).attempts_size(), 1);
  EXPECT_EQ(whole->jobs(2).SerializeAsString(), server.Get(succeeded)->SerializeAsString());
}

TEST(ListJobs, FiltersByEveryField) {
  TestServer server(R"(
classes:
  - name: standard
  - name: batch
)");
  const std::string a = server.MustSucceed(Labelled("a")).id();
  server.clock().Advance(absl::Seconds(10));
  v1::CreateJobRequest batch = Labelled("b");
  batch.mutable_job()->set_class_name("batch");
  const v1::Job created = server.MustCreate(batch);
  const std::string& b = created.id();
  const std::string time = absl::FormatTime(
      absl::RFC3339_full, *FromTimestamp(created.create_time()), absl::UTCTimeZone());
  const struct {
    std::string filter;
    Texts ids;
  } cases[] = {
      {"state = SUCCEEDED", {a}},
      {"state = JOB_STATE_PENDING", {b}},
      {"state != SUCCEEDED AND state != PENDING", {}},
      {"class = batch", {b}},
      {"class != \"batch\"", {a}},
      {"class = nonsense", {}},
      {"labels.team = a", {a}},
      {"labels.team != a", {b}},
      {"labels.other != x", {b, a}},
      {"labels.other = x", {}},
      {"create_time >= " + time, {b}},
      {"create_time > " + time, {}},
      {"create_time <= " + time, {b, a}},
      {"create_time < " + time, {a}},
      {"create_time = " + time, {b}},
      {"state = PENDING AND class = batch AND labels.team = b AND create_time >= " + time, {b}},
      {"state = PENDING AND state = SUCCEEDED", {}},
  };
  for (const auto& each : cases) {
    const auto page = List(server, Query(each.filter));
    ASSERT_TRUE(page.ok()) << each.filter << ": " << page.status.error_message();
    EXPECT_EQ(Ids(page), each.ids) << each.filter;
  }
}

TEST(ListJobs, PagesShowEveryJobOnceAlsoWhileNewOnesCome) {
  TestServer server;
  const std::vector<std::string> ids = server.MustCreateMany(120);
  v1::ListJobsRequest request = Query("");
  auto page = List(server, request);
  EXPECT_EQ(page->jobs_size(), 50) << "the default";
  server.MustCreateMany(5);
  std::vector<std::string> seen = Ids(page);
  while (!page->next_page_token().empty()) {
    request.set_page_token(page->next_page_token());
    request.set_page_size(33);
    page = List(server, request);
    ASSERT_TRUE(page.ok()) << page.status.error_message();
    for (const std::string& id : Ids(page)) seen.push_back(id);
    server.Restart();
  }
  EXPECT_EQ(seen, Texts(ids.rbegin(), ids.rend()));
}

TEST(ListJobs, LooksAtABoundedNumberOfJobsForAPage) {
  TestServer server;
  const std::string first = server.MustCreate(Labelled("rare")).id();
  server.MustCreateMany(25'000, Labelled("usual"));
  const std::string last = server.MustCreate(Labelled("rare")).id();

  // Each page looks at 10,000 of the 25,002.
  const Listed rare = ListAll(server, Query("labels.team = rare"));
  EXPECT_EQ(rare.ids, (Texts{last, first}));
  EXPECT_EQ(rare.pages, 3);
  EXPECT_EQ(rare.shortest, 0) << "a page may be empty and have a token";

  const Listed all = ListAll(server, Query("", 1000));
  EXPECT_EQ(all.ids.size(), 25'002u);
  EXPECT_EQ(std::set<std::string>(all.ids.begin(), all.ids.end()).size(), 25'002u);
  EXPECT_EQ(all.longest, 1000);
  EXPECT_EQ(List(server, Query("", INT32_MAX))->jobs_size(), 1000) << "more are not given at once";
}

TEST(ListJobs, AFullPageEndsBeforeItGetsTooLarge) {
  TestServer server;
  v1::CreateJobRequest large = TestServer::GoodJob();
  large.mutable_job()->mutable_request()->set_body(
      absl::StrCat(R"({"model":"m1","text":")", std::string(4'000'000, 'x'), "\"}"));
  for (int i = 0; i < 8; ++i) server.MustCreate(large);
  v1::ListJobsRequest request = Query("");
  request.set_view(v1::JOB_VIEW_FULL);
  const auto first = List(server, request);
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  EXPECT_EQ(first->jobs_size(), 6) << "6 of 4 MB fit into 24 MiB";
  for (const v1::Job& job : first->jobs()) EXPECT_GT(job.request().body().size(), 4'000'000u);
  const Listed all = ListAll(server, request);
  EXPECT_EQ(std::set<std::string>(all.ids.begin(), all.ids.end()).size(), 8u);
  EXPECT_EQ(all.ids.size(), 8u);
  EXPECT_EQ(List(server, Query(""))->jobs_size(), 8) << "without bodies all of them fit";
}

TEST(ListJobs, SaysAllThatIsWrongAtOnce) {
  TestServer server;
  v1::ListJobsRequest request = Query("state = NONSENSE", -1);
  request.set_view(static_cast<v1::JobView>(7));
  const auto answer = List(server, request);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ViolationsOf(answer.status), (Texts{"view", "page_size", "filter"}));
  const auto batch = List(server, Query("batch = 7"));
  EXPECT_EQ(ViolationsOf(batch.status), (Texts{"filter"}));
  EXPECT_TRUE(absl::StrContains(batch.status.error_message(), "has no batches"));
}

TEST(ListJobs, APageTokenGoesOnlyWithItsOwnList) {
  TestServer server;
  server.MustCreateMany(3);
  const std::string token = List(server, Query("state = PENDING", 1))->next_page_token();
  ASSERT_NE(token, "");
  v1::ListJobsRequest request = Query("state=JOB_STATE_PENDING", 2);
  request.set_page_token(token);
  EXPECT_EQ(List(server, request)->jobs_size(), 2) << "the same filter in another spelling";
  request = Query("state != PENDING");
  request.set_page_token(token);
  auto answer = List(server, request);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(answer.status), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(ViolationsOf(answer.status), (Texts{"page_token"}));

  v1::PurgeJobsRequest purge;
  purge.set_filter("state = PENDING");
  purge.set_page_token(token);
  EXPECT_EQ(ReasonOf(server.AskJobs(&v1::JobService::Stub::PurgeJobs, purge).status),
            "PAGE_TOKEN_MISMATCH");
  request.set_page_token("nonsense");
  answer = List(server, request);
  EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
  EXPECT_EQ(ViolationsOf(answer.status), (Texts{"page_token"}));
}

}  // namespace
}  // namespace lull
