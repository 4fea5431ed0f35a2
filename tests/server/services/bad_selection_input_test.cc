// What the RPCs over many jobs, and over one that is there, must refuse, over a real channel.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/services/bad_input.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using Jobs = v1::JobService::Stub;
using Code = grpc::StatusCode;

constexpr char kNoSuchJob[] = "01890000-0000-7000-8000-000000000000";

template <typename Request, typename Reply, typename Change>
auto Ask(grpc::Status (Jobs::*method)(grpc::ClientContext*, const Request&, Reply*),
         Change change) {
  return [method, change](TestServer& server) {
    Request request;
    change(request);
    return TestServer::Ask(server.jobs(), method, request).status;
  };
}

auto ListBy(const std::string& filter) {
  return Ask(&Jobs::ListJobs, [filter](auto& r) { r.set_filter(filter); });
}

// A token that ListJobs gave for another filter. There is one job more than a page holds.
std::string TokenOfAnotherList(TestServer& server) {
  v1::ListJobsRequest request;
  request.set_filter("state = PENDING");
  request.set_page_size(1);
  const auto page = TestServer::Ask(server.jobs(), &Jobs::ListJobs, request);
  EXPECT_NE(page->next_page_token(), "");
  return page->next_page_token();
}

template <typename Request, typename Reply>
auto WithForeignToken(grpc::Status (Jobs::*method)(grpc::ClientContext*, const Request&, Reply*)) {
  return [method](TestServer& server) {
    Request request;
    request.set_filter("state = FAILED");
    request.set_page_token(TokenOfAnotherList(server));
    return TestServer::Ask(server.jobs(), method, request).status;
  };
}

class BadSelectionInput : public BadInputTest {};

TEST_P(BadSelectionInput, IsRefusedPreciselyAndStoresNothing) { ExpectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Filters, BadSelectionInput,
    testing::Values(
        BadRequest{"NoComparison", ListBy("FAILED"), "filter", "column"},
        BadRequest{"UnknownField", ListBy("colour = red"), "filter", "colour"},
        BadRequest{"UnknownState", ListBy("state = SLEEPING"), "filter", "SLEEPING"},
        BadRequest{"WrongOperator", ListBy("class > batch"), "filter", "column 7"},
        BadRequest{"Or", ListBy("state = FAILED OR state = EXPIRED"), "filter", "column 16"},
        BadRequest{"NoEnd", ListBy("class = \"batch"), "filter", "column"},
        BadRequest{"NoTime", ListBy("create_time > yesterday"), "filter", "yesterday"},
        BadRequest{"TooLong", ListBy("class = " + std::string(3000, 'x')), "filter", "2000"},
        BadRequest{"CancelAll", Ask(&Jobs::CancelJobs, [](auto& r) { r.set_filter(""); }), "filter",
                   "empty"},
        BadRequest{"RetryAll", Ask(&Jobs::RetryJobs, [](auto& r) { r.set_filter(""); }), "filter",
                   "empty"},
        BadRequest{"PurgeAll", Ask(&Jobs::PurgeJobs, [](auto& r) { r.set_force(true); }), "filter",
                   "empty"},
        BadRequest{"PurgeByNonsense",
                   Ask(&Jobs::PurgeJobs,
                       [](auto& r) {
                         r.set_filter("state ~ FAILED");
                         r.set_force(true);
                       }),
                   "filter", "column"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Pages, BadSelectionInput,
    testing::Values(
        BadRequest{"NegativeSize", Ask(&Jobs::ListJobs, [](auto& r) { r.set_page_size(-1); }),
                   "page_size", "is -1"},
        BadRequest{"NoToken", Ask(&Jobs::ListJobs, [](auto& r) { r.set_page_token("next"); }),
                   "page_token", "is \"next\", which is no page token"},
        BadRequest{
            "OverlongToken",
            Ask(&Jobs::ListJobs, [](auto& r) { r.set_page_token(std::string(1 << 20, 'A')); }),
            "page_token", "which is no page token"},
        BadRequest{"ListByForeignToken", WithForeignToken(&Jobs::ListJobs), "page_token",
                   "belongs to another list", Code::INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"},
        BadRequest{"CancelByForeignToken", WithForeignToken(&Jobs::CancelJobs), "page_token",
                   "belongs to another list", Code::INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"},
        BadRequest{"PurgeByForeignToken", WithForeignToken(&Jobs::PurgeJobs), "page_token",
                   "belongs to another list", Code::INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"},
        BadRequest{"CancelNothing", Ask(&Jobs::CancelJobs, [](auto&) {}), "selector", "is missing"},
        BadRequest{"CancelTooMany",
                   Ask(&Jobs::CancelJobs,
                       [](auto& r) {
                         for (int i = 0; i < 1001; ++i) {
                           r.mutable_jobs()->add_job_ids("x");
                         }
                       }),
                   "jobs.job_ids", "has 1001 entries"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    OneJob, BadSelectionInput,
    testing::Values(
        BadRequest{"RetryUnknown", Ask(&Jobs::RetryJob, [](auto& r) { r.set_job_id(kNoSuchJob); }),
                   "", kNoSuchJob, Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"RetryOverlongRequestId",
                   Ask(&Jobs::RetryJob, [](auto& r) { r.set_request_id(std::string(129, 'x')); }),
                   "request_id", "(129 bytes)"},
        BadRequest{"DeleteUnknown",
                   Ask(&Jobs::DeleteJob, [](auto& r) { r.set_job_id(kNoSuchJob); }), "", kNoSuchJob,
                   Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"UpdateWithoutMask",
                   Ask(&Jobs::UpdateJob, [](auto& r) { r.mutable_job()->set_id(kNoSuchJob); }),
                   "update_mask", "class_name"},
        BadRequest{"UpdateOfAnotherField",
                   Ask(&Jobs::UpdateJob,
                       [](auto& r) {
                         r.mutable_job()->set_id(kNoSuchJob);
                         r.mutable_update_mask()->add_paths("state");
                       }),
                   "update_mask", "state"},
        BadRequest{"UpdateToAWrongPriority",
                   Ask(&Jobs::UpdateJob,
                       [](auto& r) {
                         r.mutable_job()->set_id(kNoSuchJob);
                         r.mutable_job()->set_priority(99);
                         r.mutable_update_mask()->add_paths("priority");
                       }),
                   "job.priority", "is 99; from -9 to 9"}),
    NameOf);

}  // namespace
}  // namespace lull
