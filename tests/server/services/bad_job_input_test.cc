// What JobService must refuse, over a real channel.
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/raw_call.h"
#include "tests/server/services/bad_input.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using Jobs = v1::JobService::Stub;
using Code = grpc::StatusCode;

constexpr char kNoSuchJob[] = "01890000-0000-7000-8000-000000000000";

// A good job with one change.
template <typename Change>
auto Create(Change change) {
  return [change](TestServer& server) {
    v1::CreateJobRequest request = TestServer::GoodJob();
    change(request);
    return server.Create(request).status;
  };
}

template <typename Change>
auto CreateBatch(int jobs, Change change) {
  return [jobs, change](TestServer& server) {
    v1::BatchCreateJobsRequest request;
    for (int i = 0; i < jobs; ++i) *request.add_requests() = TestServer::GoodJob();
    change(request);
    return TestServer::Ask(server.jobs(), &Jobs::BatchCreateJobs, request).status;
  };
}

auto CreateWithBody(const std::string& body) {
  return Create([body](auto& r) { r.mutable_job()->mutable_request()->set_body(body); });
}

// The bytes of a good job with another label, which need not be text.
auto CreateWithLabel(const std::string& value) {
  return [value](TestServer& server) {
    v1::CreateJobRequest request = TestServer::GoodJob();
    const std::string place_holder(value.size(), 'x');
    (*request.mutable_job()->mutable_labels())["team"] = place_holder;
    std::string bytes = request.SerializeAsString();
    bytes.replace(bytes.find(place_holder), value.size(), value);
    return CallRaw(server.channel(), "/lull.v1.JobService/CreateJob", bytes).status;
  };
}

template <typename Request, typename Reply, typename Change>
auto Ask(grpc::Status (Jobs::*method)(grpc::ClientContext*, const Request&, Reply*),
         Change change) {
  return [method, change](TestServer& server) {
    Request request;
    change(request);
    return TestServer::Ask(server.jobs(), method, request).status;
  };
}

std::string DeepJson(int depth) {
  return absl::StrCat(R"({"model":"m1","x":)", std::string(depth, '['), std::string(depth, ']'),
                      "}");
}

class BadJobInput : public BadInputTest {};

TEST_P(BadJobInput, IsRefusedPreciselyAndStoresNothing) { ExpectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    CreateJob, BadJobInput,
    testing::Values(
        BadRequest{"Empty", Create([](auto& r) { r.Clear(); }), "job", "is missing"},
        BadRequest{"NoCall", Create([](auto& r) { r.mutable_job()->clear_request(); }),
                   "job.request", "is missing"},
        BadRequest{"OverlongRequestId",
                   Create([](auto& r) { r.set_request_id(std::string(100'000, 'x')); }),
                   "request_id", "(100000 bytes); at most 128 printable ASCII"},
        BadRequest{"RequestIdNotAscii", Create([](auto& r) { r.set_request_id("naïve"); }),
                   "request_id", R"("na\xc3\xafve")"},
        BadRequest{"RequestIdWithNul",
                   Create([](auto& r) { r.set_request_id(std::string("a\0b", 3)); }), "request_id",
                   "printable ASCII"},
        BadRequest{"UnknownClass", Create([](auto& r) { r.mutable_job()->set_class_name("gold"); }),
                   "job.class_name", "is \"gold\"; the classes are interactive, standard, batch"},
        BadRequest{"OverlongClass", Create([](auto& r) {
                     r.mutable_job()->set_class_name(std::string(1'000'000, 'c'));
                   }),
                   "job.class_name", "the classes are interactive, standard, batch"},
        BadRequest{"PriorityTooHigh", Create([](auto& r) {
                     r.mutable_job()->set_priority(std::numeric_limits<int32_t>::max());
                   }),
                   "job.priority", "is 2147483647; from -9 to 9"},
        BadRequest{"UnknownEnum", Create([](auto& r) {
                     r.mutable_job()->set_run_when(static_cast<v1::RunWhen>(99));
                   }),
                   "job.run_when", "is 99"},
        BadRequest{"ManyLabels", Create([](auto& r) {
                     for (int i = 0; i < 5000; ++i) {
                       (*r.mutable_job()->mutable_labels())[absl::StrCat("k", i)] = "v";
                     }
                   }),
                   "job.labels", "has 5000 entries; at most 16"},
        BadRequest{"OverlongLabelKey", Create([](auto& r) {
                     (*r.mutable_job()->mutable_labels())[std::string(64, 'k')] = "v";
                   }),
                   "job.labels", "(64 characters); from 1 to 63"},
        BadRequest{"LabelWithControlCharacter",
                   Create([](auto& r) { (*r.mutable_job()->mutable_labels())["team"] = "a\nb"; }),
                   "job.labels", R"(value of key "team" is "a\nb")"},
        BadRequest{"ManyTags", Create([](auto& r) {
                     for (int i = 0; i < 100; ++i) r.mutable_job()->add_required_tags("t");
                   }),
                   "job.required_tags", "has 100 entries"},
        BadRequest{"PathLeavesTheApi", Create([](auto& r) {
                     r.mutable_job()->mutable_request()->set_path("/v1/../admin");
                   }),
                   "job.request.path", "\"..\" is allowed"},
        BadRequest{"PathWithHost", Create([](auto& r) {
                     r.mutable_job()->mutable_request()->set_path("http://10.0.0.1/v1");
                   }),
                   "job.request.path", "\"http://10.0.0.1/v1\""},
        BadRequest{"Method", Create([](auto& r) {
                     r.mutable_job()->mutable_request()->set_method("DELETE");
                   }),
                   "job.request.method", "is \"DELETE\"; only \"POST\""},
        BadRequest{"MaxAttempts",
                   Create([](auto& r) { r.mutable_job()->set_max_attempts(1'000'000); }),
                   "job.max_attempts", "is 1000000; from 0 to 100"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Times, BadJobInput,
    testing::Values(BadRequest{"DeadlineBeforeTheYearOne", Create([](auto& r) {
                                 r.mutable_job()->mutable_deadline()->set_seconds(
                                     std::numeric_limits<int64_t>::min());
                               }),
                               "job.deadline", "is no time: seconds -9223372036854775808"},
                    BadRequest{"DeadlineAfterTheYear9999", Create([](auto& r) {
                                 r.mutable_job()->mutable_deadline()->set_seconds(
                                     std::numeric_limits<int64_t>::max());
                               }),
                               "job.deadline", "is no time: seconds 9223372036854775807"},
                    BadRequest{"DeadlineIn1970", Create([](auto& r) {
                                 r.mutable_job()->mutable_deadline()->set_seconds(1);
                               }),
                               "job.deadline", "is 1970-01-01T00:00:01+00:00, which is over"},
                    BadRequest{"ScheduleNanos", Create([](auto& r) {
                                 r.mutable_job()->mutable_schedule_time()->set_nanos(1'000'000'000);
                               }),
                               "job.schedule_time", "nanos 1000000000"},
                    BadRequest{"ScheduleInTwoYears",
                               [](TestServer& server) {
                                 v1::CreateJobRequest request = TestServer::GoodJob();
                                 *request.mutable_job()->mutable_schedule_time() =
                                     ToTimestamp(server.clock().WallNow() + absl::Hours(24 * 700));
                                 return server.Create(request).status;
                               },
                               "job.schedule_time", "at most 366 days ahead"},
                    BadRequest{"NegativeTtl", Create([](auto& r) {
                                 r.mutable_job()->mutable_ttl()->set_seconds(-5);
                               }),
                               "job.ttl", "is -5s; from 1s to"},
                    BadRequest{"TtlOfMixedSigns", Create([](auto& r) {
                                 r.mutable_job()->mutable_ttl()->set_seconds(5);
                                 r.mutable_job()->mutable_ttl()->set_nanos(-1);
                               }),
                               "job.ttl", "seconds 5, nanos -1"},
                    BadRequest{"DeadlineAndTtl",
                               [](TestServer& server) {
                                 v1::CreateJobRequest request = TestServer::GoodJob();
                                 *request.mutable_job()->mutable_deadline() =
                                     ToTimestamp(server.clock().WallNow() + absl::Hours(1));
                                 request.mutable_job()->mutable_ttl()->set_seconds(5);
                                 return server.Create(request).status;
                               },
                               "job.ttl", "together with \"deadline\""}),
    NameOf);

constexpr char kBody[] = "job.request.body";

INSTANTIATE_TEST_SUITE_P(
    Body, BadJobInput,
    testing::Values(
        BadRequest{"Empty", CreateWithBody(""), kBody, "is missing"},
        BadRequest{"TenMebibytes",
                   CreateWithBody(absl::StrCat(R"({"model":"m1","x":")", std::string(10 << 20, 'x'),
                                               "\"}")),
                   kBody, "has 10485781 bytes; at most 4194304"},
        BadRequest{"NoJson", CreateWithBody("hello"), kBody, "JSON"},
        BadRequest{"CutOff", CreateWithBody(R"({"model":"m1","messages":[{"role")"), kBody, "JSON"},
        BadRequest{"TwoObjects", CreateWithBody(R"({"model":"m1"}{"model":"m2"})"), kBody, "JSON"},
        BadRequest{"TrailingComma", CreateWithBody(R"({"model":"m1",})"), kBody, "JSON"},
        BadRequest{"NotANumber", CreateWithBody(R"({"model":"m1","x":NaN})"), kBody, "JSON"},
        BadRequest{"AnArray", CreateWithBody(R"([{"model":"m1"}])"), kBody, "object"},
        BadRequest{"Null", CreateWithBody("null"), kBody, "object"},
        BadRequest{"Latin1", CreateWithBody("{\"model\":\"m1\",\"x\":\"caf\xe9\"}"), kBody,
                   "UTF-8"},
        BadRequest{"HalfASurrogate", CreateWithBody(R"({"model":"m1","x":"\ud800"})"), kBody,
                   "JSON"},
        BadRequest{"Utf16", CreateWithBody(std::string("\xff\xfe{\0}\0", 6)), kBody, "UTF-8"},
        BadRequest{"TooDeep", CreateWithBody(DeepJson(200)), kBody, "128"},
        BadRequest{"VeryDeep", CreateWithBody(DeepJson(1'000'000)), kBody, "128"},
        BadRequest{"NoModel", CreateWithBody(R"({"messages":[]})"), kBody,
                   "has no \"model\"; the models are m1, m2"},
        BadRequest{"UnknownModel", CreateWithBody(R"({"model":"gpt-9"})"), kBody,
                   "names the model \"gpt-9\", which no route group serves"},
        BadRequest{"ModelIsANumber", CreateWithBody(R"({"model":5})"), kBody, "string"},
        BadRequest{"ModelTwice", CreateWithBody(R"({"model":"m1","model":"m2"})"), kBody, "model"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Bytes, BadJobInput,
    testing::Values(
        BadRequest{"LabelInLatin1", CreateWithLabel("caf\xe9"), "", "UTF-8"},
        BadRequest{"LabelOfOverlongUtf8", CreateWithLabel("\xc0\xaf"), "", "UTF-8"},
        BadRequest{
            "NoMessageAtAll",
            [](TestServer& server) {
              return CallRaw(server.channel(), "/lull.v1.JobService/CreateJob", "\xff\xff").status;
            },
            "", "lull.v1.CreateJobRequest"},
        BadRequest{
            "FieldOfAnotherType",  // `job` as a number
            [](TestServer& server) {
              return CallRaw(server.channel(), "/lull.v1.JobService/CreateJob", "\x08\x05").status;
            },
            "job", "is missing"},
        BadRequest{
            "CutOff",
            [](TestServer& server) {
              std::string bytes = TestServer::GoodJob().SerializeAsString();
              bytes.pop_back();
              return CallRaw(server.channel(), "/lull.v1.JobService/CreateJob", bytes).status;
            },
            "", "lull.v1.CreateJobRequest"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    BatchCreateJobs, BadJobInput,
    testing::Values(
        BadRequest{"Empty", CreateBatch(0, [](auto&) {}), "requests", "has 0 entries; from 1"},
        BadRequest{"TooMany", CreateBatch(1001, [](auto&) {}), "requests",
                   "has 1001 entries; from 1 to 1000"},
        BadRequest{
            "LastIsWrong",
            CreateBatch(1000,
                        [](auto& r) { r.mutable_requests(999)->mutable_job()->set_priority(77); }),
            "requests[999].job.priority", "is 77"},
        BadRequest{"OneIdTwiceWithOtherContent",
                   CreateBatch(2,
                               [](auto& r) {
                                 for (auto& one : *r.mutable_requests())
                                   one.set_request_id("twice");
                                 r.mutable_requests(1)->mutable_job()->set_priority(3);
                               }),
                   "", "requests[1]", Code::ALREADY_EXISTS, "REQUEST_ID_REUSED"},
        BadRequest{"KnownIdWithOtherContent",
                   CreateBatch(2,
                               [](auto& r) {
                                 r.mutable_requests(1)->set_request_id("known-id");
                                 r.mutable_requests(1)->mutable_job()->set_priority(3);
                               }),
                   "", "requests[1]", Code::ALREADY_EXISTS, "REQUEST_ID_REUSED"},
        BadRequest{"EveryFieldOfEveryJobIsWrong",
                   CreateBatch(1000,
                               [](auto& r) {
                                 for (auto& one : *r.mutable_requests()) {
                                   one.mutable_job()->set_priority(99);
                                   one.mutable_job()->set_class_name("x");
                                 }
                               }),
                   "requests[0].job.priority", "is 99"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Reads, BadJobInput,
    testing::Values(
        BadRequest{"GetJobWithoutId", Ask(&Jobs::GetJob, [](auto&) {}), "", "there is no job \"\"",
                   Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"GetJobUnknown", Ask(&Jobs::GetJob, [](auto& r) { r.set_job_id(kNoSuchJob); }),
                   "", kNoSuchJob, Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"GetJobNoId", Ask(&Jobs::GetJob, [](auto& r) { r.set_job_id("'; DROP TABLE"); }),
                   "", "'; DROP TABLE", Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"GetJobOverlongId",
                   Ask(&Jobs::GetJob, [](auto& r) { r.set_job_id(std::string(5 << 20, 'a')); }), "",
                   "there is no job \"aaaa", Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"GetJobUnknownView",
                   Ask(&Jobs::GetJob, [](auto& r) { r.set_view(static_cast<v1::JobView>(9)); }),
                   "view", "is 9; JOB_VIEW_BASIC and JOB_VIEW_FULL"},
        BadRequest{"BatchGetNone", Ask(&Jobs::BatchGetJobs, [](auto&) {}), "job_ids",
                   "has 0 entries; from 1 to 1000"},
        BadRequest{"BatchGetTooMany",
                   Ask(&Jobs::BatchGetJobs,
                       [](auto& r) {
                         for (int i = 0; i < 1001; ++i) r.add_job_ids("x");
                       }),
                   "job_ids", "has 1001 entries"},
        BadRequest{"WaitJobNegativeTimeout",
                   Ask(&Jobs::WaitJob, [](auto& r) { r.mutable_timeout()->set_seconds(-1); }),
                   "timeout", "seconds -1, nanos 0"},
        BadRequest{"WaitJobAbsurdTimeout",
                   Ask(&Jobs::WaitJob,
                       [](auto& r) {
                         r.mutable_timeout()->set_seconds(std::numeric_limits<int64_t>::max());
                       }),
                   "timeout", "seconds 9223372036854775807"},
        BadRequest{"CancelJobUnknown",
                   Ask(&Jobs::CancelJob, [](auto& r) { r.set_job_id(kNoSuchJob); }), "", kNoSuchJob,
                   Code::NOT_FOUND, "JOB_NOT_FOUND"}),
    NameOf);

}  // namespace
}  // namespace lull
