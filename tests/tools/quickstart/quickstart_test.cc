// tools/quickstart against a provider as real ones are: TLS, a certificate that only LULL_CA_FILE
// vouches for, a path before the API's, a key. The provider is nginx in front of busy_api: no real
// one is reached. The script's build step is answered with the programs that this test has already.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/program.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;

constexpr char kKey[] = "canary-key-51c8";
constexpr size_t kRequests = 60;

// The port is free for whoever asks for it next.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

std::vector<std::string> LinesOf(const std::string& path) {
  return absl::StrSplit(ReadFile(path), '\n', absl::SkipEmpty());
}

// A certificate of the name's own for localhost: NAME.pem with NAME.key.
void MakeCertificate(const std::string& name) {
  Program openssl({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                   "-addext", "subjectAltName=DNS:localhost", "-keyout", ScratchPath(name + ".key"),
                   "-out", ScratchPath(name + ".pem")});
  ASSERT_EQ(openssl.Wait(), 0) << openssl.Err();
}

class QuickstartTest : public testing::Test {
 protected:
  void SetUp() override {
    MakeCertificate("provider");
    MakeCertificate("stranger");
    StartBusyApi();
    StartNginx();
    std::string requests;
    const std::vector<std::string> all = LinesOf(DataPath("tools/demo/requests.jsonl"));
    ASSERT_GE(all.size(), kRequests);
    for (size_t i = 0; i < kRequests; ++i) absl::StrAppend(&requests, all[i], "\n");
    WriteScratch("requests.jsonl", requests);
    // In place of bazel: the build is done, and this is where it is.
    WriteScratch("bazel",
                 absl::StrCat("#!/bin/sh\n[ \"$1\" != info ] || echo '", DataPath("."), "'\n"));
    chmod(ScratchPath("bazel").c_str(), 0755);
  }

  void StartBusyApi() {
    busy_ = std::make_unique<Program>(std::vector<std::string>{
        DataPath("tools/busy_api/busy_api"), "--port", "0", "--port-file", ScratchPath("port"),
        "--ledger", ScratchPath("ledger"), "--slots", "6", "--latency-ms", "200", "--api-keys",
        kKey, "--models", "house-model"});
    ASSERT_TRUE(Eventually([] { return FileExists(ScratchPath("port")); })) << busy_->Err();
  }

  void StartNginx() {
    ASSERT_TRUE(FileExists("/usr/sbin/nginx"))
        << "install what the tests run: tools/install_packages test";
    port_ = FreePort();
    const std::string busy_port(absl::StripAsciiWhitespace(ReadFile(ScratchPath("port"))));
    WriteScratch("nginx.conf", absl::StrCat(R"(
      daemon off;
      master_process off;
      user root root;
      pid nginx.pid;
      error_log nginx.log;
      events {}
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        server {
          listen 127.0.0.1:)",
                                            port_, R"( ssl;
          ssl_certificate provider.pem;
          ssl_certificate_key provider.key;
          location /llm/eu/ { proxy_pass http://127.0.0.1:)",
                                            busy_port, R"(/v1/; }
        }
      })"));
    nginx_ = std::make_unique<Program>(
        std::vector<std::string>{"/usr/sbin/nginx", "-p", ScratchPath(""), "-e",
                                 ScratchPath("nginx.log"), "-c", ScratchPath("nginx.conf")});
    ASSERT_TRUE(
        Eventually([this] { return FileExists(ScratchPath("nginx.pid")) || !nginx_->Running(); }));
    ASSERT_TRUE(nginx_->Running()) << nginx_->Err() << ReadFile(ScratchPath("nginx.log"));
  }

  std::vector<std::string> Environment(const std::string& ca) const {
    return {absl::StrCat("PATH=", ScratchPath("."), ":", getenv("PATH")),
            absl::StrCat("TMPDIR=", ScratchPath(".")),
            absl::StrCat("LULL_REQUESTS=", ScratchPath("requests.jsonl")),
            absl::StrCat("LULL_BASE_URL=https://localhost:", port_, "/llm/eu"),
            absl::StrCat("LULL_API_KEY=", kKey),
            "LULL_MODEL=house-model",
            absl::StrCat("LULL_CA_FILE=", ScratchPath(ca + ".pem"))};
  }

  // Of calls that busy_api received.
  static std::vector<Json> Calls() {
    std::vector<Json> calls;
    for (const std::string& line : LinesOf(ScratchPath("ledger"))) {
      Json call = Json::parse(line);
      if (call["event"] == "received") calls.push_back(std::move(call));
    }
    return calls;
  }

  int port_ = 0;
  std::unique_ptr<Program> busy_;
  std::unique_ptr<Program> nginx_;
};

TEST_F(QuickstartTest, AnswersEveryRequestThroughAProviderBehindTls) {
  Program quickstart({DataPath("tools/quickstart")}, Environment("provider"));
  ASSERT_EQ(quickstart.Wait(), 0) << quickstart.Out() << quickstart.Err();
  EXPECT_THAT(quickstart.Out(), AllOf(HasSubstr("killed the server (SIGKILL"),
                                      HasSubstr(absl::StrCat(kRequests, " of ", kRequests))));

  // The provider got the model it serves, each job at least once, and at the right path: it answers
  // no other.
  std::set<std::string> jobs;
  for (const Json& call : Calls()) {
    EXPECT_EQ(call["model"], "house-model");
    EXPECT_EQ(call["path"], "/v1/chat/completions");
    const std::string request_id = call["request_id"];
    jobs.insert(request_id.substr(0, request_id.find('/')));
  }
  EXPECT_EQ(jobs.size(), kRequests);

  // The key is in nothing that was printed or kept.
  EXPECT_THAT(quickstart.Out() + quickstart.Err(), Not(HasSubstr(kKey)));
  size_t files = 0;
  for (const auto& folder : std::filesystem::directory_iterator(ScratchPath("."))) {
    if (!absl::StartsWith(folder.path().filename().string(), "lull-quickstart")) continue;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;
      ++files;
      EXPECT_FALSE(absl::StrContains(ReadFile(file.path().string()), kKey)) << file.path();
    }
  }
  EXPECT_GT(files, 3u) << "the store, the logs and the answers";
}

// The same without the certificate that vouches for the provider: nothing is sent to it.
TEST_F(QuickstartTest, SendsNothingToAProviderThatNobodyVouchesFor) {
  Program up(
      {DataPath("tools/lull/lull"), "up", "--data-dir", ScratchPath("data"), "--grpc-address",
       "127.0.0.1:0", "--http-address", "none", "--ready-file", ScratchPath("ready")},
      Environment("stranger"));
  ASSERT_TRUE(Eventually([&] { return FileExists(ScratchPath("ready")) || !up.Running(); }));
  ASSERT_TRUE(up.Running()) << up.Err();
  const Json ready = Json::parse(ReadFile(ScratchPath("ready")));
  Program submit({DataPath("tools/lull/lull"), "--server", ready["grpc"].get<std::string>(),
                  "submit", "--model", "m", "--prompt", "Hello", "--ttl", "5s", "--wait"});
  EXPECT_EQ(submit.Wait(), 1) << submit.Out() << submit.Err();
  EXPECT_THAT(submit.Out(), HasSubstr("CONNECTION_FAILED"));
  EXPECT_THAT(Calls(), IsEmpty());
  up.Signal(SIGTERM);
  EXPECT_EQ(up.Wait(), 0) << up.Err();
}

}  // namespace
}  // namespace lull
