#include "tools/lull/client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/tools/lull/fake_job_service.h"
#include "tools/lull/error_text.h"
#include "tools/lull/retry_pace.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

// Takes connections and never answers.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~SilentServer() { close(fd_); }

  const std::string& address() const { return address_; }

 private:
  const int fd_;
  std::string address_;
};

v1::GetJobRequest Get(const std::string& id) {
  v1::GetJobRequest request;
  request.set_job_id(id);
  return request;
}

TEST(ClientTest, PassesOnWhatTheServerSays) {
  FakeJobService service;
  Client client(service.address());
  v1::CreateJobRequest create;
  create.mutable_job()->mutable_request()->set_body("{}");
  const absl::StatusOr<v1::Job> made = client.Call(kCreateJob, create, absl::Seconds(10));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(client.Call(kGetJob, Get(made->id()), absl::Seconds(10))->id(), made->id());

  const absl::Status missing = client.Call(kGetJob, Get("none"), absl::Seconds(10)).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorDetailsOf(missing).reason, "JOB_NOT_FOUND");
  EXPECT_FALSE(MayPass(missing));

  service.FillQueueForNextCreates(1);
  const absl::Status full = client.Call(kCreateJob, create, absl::Seconds(10)).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorDetailsOf(full).retry_delay, absl::Milliseconds(50));
}

TEST(ClientTest, NamesTheServerThatIsNotThere) {
  FakeJobService service;
  service.Stop();
  Client client(service.address());
  const absl::Status status = client.Call(kGetJob, Get("x"), absl::Seconds(10)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(service.address()));
  EXPECT_TRUE(MayPass(status));
  service.Start();
  // As soon as gRPC tries to connect again.
  absl::StatusCode code;
  do {
    code = client.Call(kGetJob, Get("x"), absl::Seconds(10)).status().code();
  } while (code == absl::StatusCode::kUnavailable);
  EXPECT_EQ(code, absl::StatusCode::kNotFound);
}

TEST(ClientTest, WaitsNoLongerThanItIsTold) {
  const SilentServer server;
  Client client(server.address());
  const absl::Status status = client.Call(kGetJob, Get("x"), absl::Milliseconds(50)).status();
  EXPECT_TRUE(MayPass(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(server.address()));
}

TEST(ClientTest, CancelEndsTheCallsUnderWayAndAllLaterOnes) {
  const SilentServer server;
  Client client(server.address());
  std::thread cancel([&client] { client.Cancel(); });
  EXPECT_EQ(client.Call(kGetJob, Get("x"), absl::Hours(1)).status().code(),
            absl::StatusCode::kCancelled);
  cancel.join();
  EXPECT_EQ(client.Call(kGetJob, Get("x"), absl::Hours(1)).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace lull
