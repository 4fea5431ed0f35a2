// What WorkerService and AdminService must refuse, over a real channel.
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/raw_call.h"
#include "tests/server/services/bad_input.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using Workers = v1::WorkerService::Stub;
using Admin = v1::AdminService::Stub;
using Code = grpc::StatusCode;

template <typename Change>
auto Lease(Change change) {
  return [change](TestServer& server) {
    v1::LeaseJobsRequest request = TestServer::LeaseRequest();
    change(request);
    return server.Lease(request).status;
  };
}

template <typename Request, typename Reply, typename Change>
auto Ask(grpc::Status (Workers::*method)(grpc::ClientContext*, const Request&, Reply*),
         Change change) {
  return [method, change](TestServer& server) {
    Request request;
    request.set_worker_id("w1");
    change(request);
    return TestServer::Ask(server.workers(), method, request).status;
  };
}

template <typename Request, typename Reply, typename Change>
auto AskAdmin(grpc::Status (Admin::*method)(grpc::ClientContext*, const Request&, Reply*),
              Change change) {
  return [method, change](TestServer& server) {
    Request request;
    change(request);
    return TestServer::Ask(server.admin(), method, request).status;
  };
}

class BadWorkerInput : public BadInputTest {};

TEST_P(BadWorkerInput, IsRefusedPreciselyAndStoresNothing) { ExpectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    LeaseJobs, BadWorkerInput,
    testing::Values(
        BadRequest{"NoWorker", Lease([](auto& r) { r.clear_worker_id(); }), "worker_id",
                   "is \"\" (0 characters); from 1 to 63"},
        BadRequest{"OverlongWorker",
                   Lease([](auto& r) { r.set_worker_id(std::string(1 << 20, 'w')); }), "worker_id",
                   "(1048576 characters); from 1 to 63"},
        BadRequest{"NoJobs", Lease([](auto& r) { r.set_max_jobs(0); }), "max_jobs",
                   "is 0; from 1 to 1000"},
        BadRequest{"NegativeJobs", Lease([](auto& r) { r.set_max_jobs(-7); }), "max_jobs",
                   "is -7; from 1 to 1000"},
        BadRequest{"TooManyBytes",
                   Lease([](auto& r) { r.set_max_bytes(std::numeric_limits<int64_t>::max()); }),
                   "max_bytes", "is 9223372036854775807; from 0 to 25165824"},
        BadRequest{"NegativeWait", Lease([](auto& r) { r.mutable_wait()->set_seconds(-3); }),
                   "wait", "seconds -3, nanos 0"},
        BadRequest{"AbsurdWait", Lease([](auto& r) {
                     r.mutable_wait()->set_seconds(std::numeric_limits<int64_t>::max());
                   }),
                   "wait", "seconds 9223372036854775807"},
        BadRequest{"CredentialIsNoName", Lease([](auto& r) { r.add_credentials("sk key"); }),
                   "credentials[1]", "is \"sk key\""},
        BadRequest{"TooManyCredentials", Lease([](auto& r) {
                     for (int i = 0; i < 300; ++i) r.add_credentials(absl::StrCat("c", i));
                   }),
                   "credentials", "has 301 entries; at most 256"},
        BadRequest{"OverlongVersion",
                   Lease([](auto& r) { r.set_version(std::string(1 << 20, 'v')); }), "version",
                   "(1048576 characters); at most 63"},
        BadRequest{"NegativeCapacity", Lease([](auto& r) { r.set_capacity(-1); }), "capacity",
                   "is -1; from 0 to 1000000"},
        BadRequest{"EmptyTag", Lease([](auto& r) { r.add_tags(""); }), "tags[0]", "(0 characters)"},
        BadRequest{"TooManyTags", Lease([](auto& r) {
                     for (int i = 0; i < 17; ++i) r.add_tags(absl::StrCat("t", i));
                   }),
                   "tags", "has 17 entries; at most 16"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Reports, BadWorkerInput,
    testing::Values(BadRequest{"RenewTooMany",
                               Ask(&Workers::RenewLeases,
                                   [](auto& r) {
                                     for (int i = 0; i < 10'001; ++i) r.add_lease_tokens("x");
                                   }),
                               "lease_tokens", "has 10001 entries; at most 10000"},
                    BadRequest{"RenewNoWorker",
                               Ask(&Workers::RenewLeases, [](auto& r) { r.clear_worker_id(); }),
                               "worker_id", "from 1 to 63"},
                    BadRequest{"RenewWithAbsurdNumbers",
                               Ask(&Workers::RenewLeases,
                                   [](auto& r) {
                                     r.set_in_flight(-5);
                                     r.set_capacity(std::numeric_limits<int32_t>::max());
                                   }),
                               "capacity", "is 2147483647; from 0 to 1000000"},
                    BadRequest{"ReleaseTooMany",
                               Ask(&Workers::ReleaseLeases,
                                   [](auto& r) {
                                     for (int i = 0; i < 10'001; ++i) {
                                       r.add_lease_tokens("x");
                                     }
                                   }),
                               "lease_tokens", "has 10001 entries"},
                    BadRequest{"FinishTooMany",
                               Ask(&Workers::FinishAttempts,
                                   [](auto& r) {
                                     for (int i = 0; i < 1001; ++i) r.add_results();
                                   }),
                               "results", "has 1001 entries; at most 1000"},
                    BadRequest{"FinishNoWorker",
                               Ask(&Workers::FinishAttempts, [](auto& r) { r.clear_worker_id(); }),
                               "worker_id", "from 1 to 63"}),
    NameOf);

template <typename Change>
auto Report(Change change) {
  return Ask(&Workers::ReportProgress, change);
}

INSTANTIATE_TEST_SUITE_P(
    ReportProgress, BadWorkerInput,
    testing::Values(BadRequest{"NoWorker", Report([](auto& r) { r.clear_worker_id(); }),
                               "worker_id", "from 1 to 63"},
                    BadRequest{"TooManyPieces", Report([](auto& r) {
                                 for (int i = 0; i < 1001; ++i) r.add_progress();
                               }),
                               "progress", "has 1001 entries; at most 1000"},
                    BadRequest{"OverlongPiece", Report([](auto& r) {
                                 r.add_progress();
                                 r.add_progress()->set_data(std::string((1 << 20) + 1, 'x'));
                               }),
                               "progress[1].data", "has 1048577 bytes; at most 1048576"},
                    BadRequest{"TooMuchTogether", Report([](auto& r) {
                                 for (int i = 0; i < 5; ++i) {
                                   r.add_progress()->set_data(std::string(1 << 20, 'x'));
                                 }
                               }),
                               "progress", "has 5242880 bytes of data together; at most 4194304"},
                    BadRequest{"NegativeOffset", Report([](auto& r) {
                                 r.add_progress()->set_offset(std::numeric_limits<int64_t>::min());
                               }),
                               "progress[0].offset", "is -9223372036854775808; a number from 0 on"},
                    BadRequest{"NoMessageAtAll",
                               [](TestServer& server) {
                                 return CallRaw(server.channel(),
                                                "/lull.v1.WorkerService/ReportProgress", "\xff\xff")
                                     .status;
                               },
                               "", "lull.v1.ReportProgressRequest"}),
    NameOf);

template <typename Change>
auto Usage(Change change) {
  return AskAdmin(&Admin::GetUsage, change);
}

INSTANTIATE_TEST_SUITE_P(
    GetUsage, BadWorkerInput,
    testing::Values(
        BadRequest{"NoDay", Usage([](auto& r) { r.set_first_day("yesterday"); }), "first_day",
                   "is \"yesterday\", which is no day; write it like 2026-11-27"},
        BadRequest{"DayOfNoMonth", Usage([](auto& r) { r.set_last_day("2026-02-30"); }), "last_day",
                   "is \"2026-02-30\""},
        BadRequest{"DayOfAnotherEra", Usage([](auto& r) { r.set_first_day("99999999999-01-01"); }),
                   "first_day", "which is no day"},
        BadRequest{"LastBeforeFirst", Usage([](auto& r) {
                     r.set_first_day("2026-01-05");
                     r.set_last_day("2026-01-04");
                   }),
                   "first_day", "is 2026-01-05, which is after last_day, 2026-01-04"},
        BadRequest{"PageTooLarge", Usage([](auto& r) { r.set_page_size(10'001); }), "page_size",
                   "is 10001; from 1 to 10000"},
        BadRequest{"NegativePage", Usage([](auto& r) { r.set_page_size(-1); }), "page_size",
                   "is -1; from 1 to 10000"},
        BadRequest{"NoToken", Usage([](auto& r) { r.set_page_token("next"); }), "page_token",
                   "is \"next\", which is no page token"},
        BadRequest{"TokenOfAnotherList",
                   [](TestServer& server) {
                     v1::ListJobsRequest list;
                     list.set_page_size(1);
                     const auto page =
                         TestServer::Ask(server.jobs(), &v1::JobService::Stub::ListJobs, list);
                     v1::GetUsageRequest request;
                     request.set_page_token(page->next_page_token());
                     return TestServer::Ask(server.admin(), &Admin::GetUsage, request).status;
                   },
                   "page_token", "belongs to another list", Code::INVALID_ARGUMENT,
                   "PAGE_TOKEN_MISMATCH"},
        BadRequest{
            "NoMessageAtAll",
            [](TestServer& server) {
              return CallRaw(server.channel(), "/lull.v1.AdminService/GetUsage", "\xff\xff").status;
            },
            "", "lull.v1.GetUsageRequest"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Admin, BadWorkerInput,
    testing::Values(
        BadRequest{"PauseUnknownClass",
                   AskAdmin(&Admin::PauseClass, [](auto& r) { r.set_class_name("gold"); }), "",
                   "\"gold\"", Code::NOT_FOUND, "UNKNOWN_CLASS"},
        BadRequest{"ResumeUnknownClass",
                   AskAdmin(&Admin::ResumeClass,
                            [](auto& r) { r.set_class_name(std::string(1 << 20, 'c')); }),
                   "", "\"cccc", Code::NOT_FOUND, "UNKNOWN_CLASS"},
        BadRequest{"OverviewOfTooManyLanes",
                   AskAdmin(&Admin::GetOverview, [](auto& r) { r.set_max_lanes(1001); }),
                   "max_lanes", "is 1001; from 0 to 1000"},
        BadRequest{"OverviewOfNegativeLanes",
                   AskAdmin(&Admin::GetOverview, [](auto& r) { r.set_max_lanes(-1); }), "max_lanes",
                   "is -1; from 0 to 1000"},
        BadRequest{"DrainUnknownWorker",
                   AskAdmin(&Admin::DrainWorker, [](auto& r) { r.set_worker_id("nobody"); }), "",
                   "\"nobody\"", Code::NOT_FOUND, "UNKNOWN_WORKER"}),
    NameOf);

// Reports that are wrong by themselves are answered one by one; the store is not touched.
TEST_F(BadWorkerInput, AReportThatIsWrongIsAnsweredByItself) {
  const auto report = [](TestServer& server) {
    v1::FinishAttemptsRequest request;
    request.set_worker_id("w1");
    for (const std::string& token : {std::string(), std::string("x"), std::string(1 << 20, 'A'),
                                     std::string(43, 'A'), std::string("caf\u00e9")}) {
      *request.add_results() = TestServer::Success(token);
    }
    const auto answer = TestServer::Ask(server.workers(), &Workers::FinishAttempts, request);
    EXPECT_TRUE(answer.ok()) << answer.status.error_message();
    EXPECT_EQ(answer->results_size(), 5);
    for (const v1::ReportResult& result : answer->results()) {
      EXPECT_EQ(result.status(), v1::REPORT_STATUS_STALE);
    }
  };
  report(server());
  ExpectNothingStored();
}

}  // namespace
}  // namespace lull
