// What the streaming RPCs must refuse, over a real channel.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/raw_call.h"
#include "tests/server/services/bad_input.h"
#include "tests/server/services/stored_rows.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using Code = grpc::StatusCode;

constexpr char kSubmitJobs[] = "/lull.v1.JobService/SubmitJobs";
constexpr char kWatchJobs[] = "/lull.v1.JobService/WatchJobs";
constexpr char kNoSuchJob[] = "01890000-0000-7000-8000-000000000000";

std::string Bytes(const std::vector<v1::CreateJobRequest>& jobs) {
  v1::SubmitJobsRequest message;
  for (const v1::CreateJobRequest& job : jobs) *message.add_requests() = job;
  return message.SerializeAsString();
}

// A job that is there already: it is answered, and nothing is stored for it.
std::string KnownJob() { return Bytes({TestServer::GoodJob("known-id")}); }

// Sends a job that is answered, then these bytes, which have to end the stream.
auto SubmitBytes(const std::string& bytes) {
  return [bytes](TestServer& server) {
    const RawReplies replies = CallRawStream(server.channel(), kSubmitJobs, {KnownJob(), bytes});
    EXPECT_EQ(replies.messages.size(), 1u) << "the good job's answer and no other";
    return replies.status;
  };
}

// What is said of one job between two good ones, in a stream that itself ends well.
template <typename Change>
auto SubmitJob(Change change) {
  return [change](TestServer& server) {
    v1::CreateJobRequest wrong = TestServer::GoodJob();
    change(wrong);
    const v1::CreateJobRequest known = TestServer::GoodJob("known-id");
    const RawReplies replies =
        CallRawStream(server.channel(), kSubmitJobs, {Bytes({known, wrong, known})});
    EXPECT_TRUE(replies.status.ok()) << replies.status.error_message();
    int answered = 0;
    grpc::Status said;
    for (const std::string& bytes : replies.messages) {
      v1::SubmitJobsResponse response;
      EXPECT_TRUE(response.ParseFromString(bytes));
      for (const v1::SubmitResult& result : response.results()) {
        ++answered;
        EXPECT_EQ(result.has_error(), result.index() == 1) << result.ShortDebugString();
        if (!result.has_error()) continue;
        said = grpc::Status(static_cast<Code>(result.error().code()), result.error().message(),
                            result.error().SerializeAsString());
      }
    }
    EXPECT_EQ(answered, 3);
    return said;
  };
}

template <typename Change>
auto Watch(Change change) {
  return [change](TestServer& server) {
    v1::WatchJobsRequest request;
    change(request);
    grpc::ClientContext context;
    TestServer::SetDeadline(&context, absl::Seconds(30));
    const auto reader = server.jobs().WatchJobs(&context, request);
    v1::WatchJobsResponse message;
    while (reader->Read(&message)) ADD_FAILURE() << message.ShortDebugString();
    return reader->Finish();
  };
}

auto WatchLabel(const std::string& key, const std::string& value) {
  return Watch(
      [key, value](auto& r) { (*r.mutable_create_labels()->mutable_labels())[key] = value; });
}

auto Backup(const std::string& file_name) {
  return [file_name](TestServer& server) {
    v1::BackupRequest request;
    request.set_file_name(file_name);
    grpc::ClientContext context;
    TestServer::SetDeadline(&context, absl::Seconds(30));
    const auto reader = server.admin().Backup(&context, request);
    v1::BackupProgress message;
    while (reader->Read(&message)) ADD_FAILURE() << message.ShortDebugString();
    const grpc::Status status = reader->Finish();
    EXPECT_FALSE(std::filesystem::exists(server.data_dir() + "/backups"));
    return status;
  };
}

class BadStreamInput : public BadInputTest {};

TEST_P(BadStreamInput, IsRefusedPreciselyAndStoresNothing) { ExpectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    SubmitJobsMessages, BadStreamInput,
    testing::Values(
        BadRequest{"Empty", SubmitBytes(""), "requests", "has 0 entries; from 1 to 1000"},
        BadRequest{"TooMany", SubmitBytes(Bytes(std::vector<v1::CreateJobRequest>(1001))),
                   "requests", "has 1001 entries; from 1 to 1000"},
        BadRequest{"NoMessageAtAll", SubmitBytes("\xff\xff"), "", "lull.v1.SubmitJobsRequest"},
        BadRequest{"GoodJobsThenGarbage",
                   SubmitBytes(Bytes({TestServer::GoodJob(), TestServer::GoodJob()}) + "\xff"), "",
                   "lull.v1.SubmitJobsRequest"},
        BadRequest{"CutOff",
                   [](TestServer& server) {
                     std::string bytes = Bytes({TestServer::GoodJob(), TestServer::GoodJob()});
                     bytes.pop_back();
                     return SubmitBytes(bytes)(server);
                   },
                   "", "they are cut off"},
        BadRequest{"ClassNotUtf8",
                   [](TestServer& server) {
                     v1::CreateJobRequest job = TestServer::GoodJob();
                     job.mutable_job()->set_class_name("xxxx");
                     std::string bytes = Bytes({TestServer::GoodJob(), job});
                     bytes.replace(bytes.find("xxxx"), 4, "caf\xe9");
                     return SubmitBytes(bytes)(server);
                   },
                   "", "not UTF-8"},
        BadRequest{"Over32MiB", SubmitBytes(std::string(33 << 20, 'x')), "", "larger than max",
                   Code::RESOURCE_EXHAUSTED, ""}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    SubmitJobsItems, BadStreamInput,
    testing::Values(
        BadRequest{"Empty", SubmitJob([](auto& r) { r.Clear(); }), "job", "is missing"},
        BadRequest{"UnknownClass",
                   SubmitJob([](auto& r) { r.mutable_job()->set_class_name("gold"); }),
                   "job.class_name", "is \"gold\"; the classes are interactive, standard, batch"},
        BadRequest{"Priority", SubmitJob([](auto& r) { r.mutable_job()->set_priority(-10); }),
                   "job.priority", "is -10; from -9 to 9"},
        BadRequest{"BrokenJson",
                   SubmitJob([](auto& r) { r.mutable_job()->mutable_request()->set_body("{"); }),
                   "job.request.body", "JSON"},
        BadRequest{"TenMebibytes", SubmitJob([](auto& r) {
                     r.mutable_job()->mutable_request()->set_body(
                         absl::StrCat(R"({"model":"m1","x":")", std::string(10 << 20, 'x'), "\"}"));
                   }),
                   "job.request.body", "has 10485781 bytes; at most 4194304"},
        BadRequest{"RequestId", SubmitJob([](auto& r) { r.set_request_id("na\u00efve"); }),
                   "request_id", "printable ASCII"},
        BadRequest{"ValidateOnly", SubmitJob([](auto& r) { r.set_validate_only(true); }),
                   "validate_only", "a stream only creates jobs"},
        BadRequest{"KnownIdWithOtherContent", SubmitJob([](auto& r) {
                     r.set_request_id("known-id");
                     r.mutable_job()->set_priority(3);
                   }),
                   "", "already used for a different request", Code::ALREADY_EXISTS,
                   "REQUEST_ID_REUSED"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    WatchJobs, BadStreamInput,
    testing::Values(
        BadRequest{"Nothing", Watch([](auto&) {}), "selector", "one of jobs and create_labels"},
        BadRequest{"NoIds", Watch([](auto& r) { r.mutable_jobs(); }), "jobs.job_ids",
                   "has 0 entries; from 1 to 1000"},
        BadRequest{"TooManyIds", Watch([](auto& r) {
                     for (int i = 0; i < 1001; ++i) r.mutable_jobs()->add_job_ids("x");
                   }),
                   "jobs.job_ids", "has 1001 entries; from 1 to 1000"},
        BadRequest{"UnknownJob", Watch([](auto& r) { r.mutable_jobs()->add_job_ids(kNoSuchJob); }),
                   "", kNoSuchJob, Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"OverlongId",
                   Watch([](auto& r) { r.mutable_jobs()->add_job_ids(std::string(1 << 20, 'a')); }),
                   "", "there is no job \"aaaa", Code::NOT_FOUND, "JOB_NOT_FOUND"},
        BadRequest{"NoLabels", Watch([](auto& r) { r.mutable_create_labels(); }),
                   "create_labels.labels", "is empty; from 1 to 16"},
        BadRequest{"TooManyLabels", Watch([](auto& r) {
                     for (int i = 0; i < 17; ++i) {
                       (*r.mutable_create_labels()->mutable_labels())[absl::StrCat("k", i)] = "v";
                     }
                   }),
                   "create_labels.labels", "has 17 entries; at most 16"},
        BadRequest{"EmptyLabelKey", WatchLabel("", "v"), "create_labels.labels",
                   "key is \"\" (0 characters); from 1 to 63"},
        BadRequest{"OverlongLabel", WatchLabel("team", std::string(1 << 20, 'v')),
                   "create_labels.labels", "(1048576 characters); at most 63"},
        BadRequest{"LabelWithControlCharacter", WatchLabel("team", "a\nb"), "create_labels.labels",
                   R"(value of key "team" is "a\nb")"},
        BadRequest{"Batch", Watch([](auto& r) { r.set_batch_id("b1"); }), "batch_id",
                   "is not supported"},
        BadRequest{"ResumeBeforeTheFirst", Watch([](auto& r) {
                     r.mutable_jobs()->add_job_ids(kNoSuchJob);
                     r.set_resume_after(-1);
                   }),
                   "resume_after", "is -1; a number from 0 on"},
        BadRequest{"ResumeBeyondTheLast", Watch([](auto& r) {
                     (*r.mutable_create_labels()->mutable_labels())["team"] = "a";
                     r.set_resume_after(INT64_MAX);
                   }),
                   "", "9223372036854775807", Code::OUT_OF_RANGE, "EVENT_NOT_REACHED"},
        BadRequest{"UntilTerminalOfLabels", Watch([](auto& r) {
                     (*r.mutable_create_labels()->mutable_labels())["team"] = "a";
                     r.set_until_terminal(true);
                   }),
                   "until_terminal", "only allowed with jobs"},
        BadRequest{"NoMessageAtAll",
                   [](TestServer& server) {
                     return CallRaw(server.channel(), kWatchJobs, "\xff\xff").status;
                   },
                   "", "lull.v1.WatchJobsRequest"},
        BadRequest{
            "IdNotUtf8",
            [](TestServer& server) {
              return CallRaw(server.channel(), kWatchJobs, "\x0a\x04\x0a\x02\xff\xff").status;
            },
            "", "not UTF-8"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Backup, BadStreamInput,
    testing::Values(
        BadRequest{"ALevelUp", Backup("../lull.db"), "file_name",
                   "is \"../lull.db\" (10 characters); from 1 to 128"},
        BadRequest{"AFolder", Backup("a/b"), "file_name", "letters, digits and \"-_.\""},
        BadRequest{"Hidden", Backup(".lull.db"), "file_name",
                   "is \".lull.db\"; it may not begin with a dot"},
        BadRequest{"WithNul", Backup(std::string("a\0b", 3)), "file_name", "letters, digits"},
        BadRequest{"Overlong", Backup(std::string(1 << 20, 'b')), "file_name",
                   "(1048576 characters); from 1 to 128"},
        BadRequest{
            "NoMessageAtAll",
            [](TestServer& server) {
              return CallRaw(server.channel(), "/lull.v1.AdminService/Backup", "\xff\xff").status;
            },
            "", "lull.v1.BackupRequest"}),
    NameOf);

// An unreadable message is not the client's half-close: the stream ends with an error, what was
// acknowledged before it is there, and nothing of it is.
TEST(UnreadableMessage, LeavesWhatWasAcknowledgedAndStoresNothingOfItself) {
  TestServer server;
  const std::string unreadable =
      Bytes({TestServer::GoodJob("lost-1"), TestServer::GoodJob("lost-2")}) + "\xff";
  std::string rows;
  const RawReplies replies = CallRawStream(server.channel(), kSubmitJobs,
                                           {Bytes({TestServer::GoodJob("kept")}), unreadable},
                                           [&] { rows = StoredRows(server.data_dir()); });
  EXPECT_EQ(replies.status.error_code(), Code::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(replies.status), "INVALID_REQUEST");
  ASSERT_EQ(replies.messages.size(), 1u);
  v1::SubmitJobsResponse acknowledged;
  ASSERT_TRUE(acknowledged.ParseFromString(replies.messages[0]));
  ASSERT_EQ(acknowledged.results_size(), 1);
  EXPECT_TRUE(server.Get(acknowledged.results(0).job().id()).ok());
  EXPECT_EQ(StoredRows(server.data_dir()), rows);
  server.Restart();
  EXPECT_TRUE(server.Get(acknowledged.results(0).job().id()).ok());
  const auto jobs = server.AskJobs(&v1::JobService::Stub::ListJobs, v1::ListJobsRequest());
  EXPECT_EQ(jobs->jobs_size(), 1);
}

}  // namespace
}  // namespace lull
