#include "tests/worker/nginx_front.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"

namespace lull {
namespace {

constexpr char kNginx[] = "/usr/sbin/nginx";
constexpr int kStartsMax = 5;

constexpr char kConfiguration[] = R"(
user root root; daemon off; master_process off; pid $0/pid; error_log $0/error.log;
events { worker_connections 1024; }
http {
  log_format calls '$$connection $$server_protocol $$status';
  access_log $0/access.log calls;
  client_body_temp_path $0/body; proxy_temp_path $0/proxy; fastcgi_temp_path $0/fastcgi;
  uwsgi_temp_path $0/uwsgi; scgi_temp_path $0/scgi;
  server {
    listen 127.0.0.1:$1 ssl http2;
    ssl_certificate $0/certificate.pem; ssl_certificate_key $0/key.pem;
    location / {
      proxy_pass http://127.0.0.1:$2; proxy_buffering off; proxy_http_version 1.1;
      proxy_next_upstream off;
    }
  }
}
)";

int FreePort() {
  return RawServer([](RawConnection&) {}).port();
}

}  // namespace

bool NginxFront::IsInstalled() { return access(kNginx, X_OK) == 0; }

NginxFront::NginxFront(int upstream_port)
    : folder_(NewTestFolder("nginx")), certificate_(MakeTestCertificate("IP:127.0.0.1")) {
  std::ofstream(ca_file()) << ca_pem();
  std::ofstream(folder_ + "/key.pem") << certificate_.key_pem;
  Start(upstream_port);
}

// nginx takes no port 0, and a port that was free may be gone by then.
void NginxFront::Start(int upstream_port) {
  for (int start = 0; start < kStartsMax; ++start) {
    port_ = FreePort();
    std::ofstream(folder_ + "/nginx.conf")
        << absl::Substitute(kConfiguration, folder_, port_, upstream_port);
    process_ = *Process::Start({kNginx,
                                {"-c", folder_ + "/nginx.conf", "-e", folder_ + "/error.log"},
                                {},
                                folder_ + "/nginx.log"});
    if (process_->AwaitFile(folder_ + "/pid", absl::Seconds(30)).ok()) return;
  }
  ADD_FAILURE() << process_->LogTail();
}

std::string NginxFront::url() const { return absl::StrCat("https://127.0.0.1:", port_); }

std::vector<NginxFront::Request> NginxFront::Stop() {
  process_->Terminate();
  EXPECT_TRUE(process_->AwaitExit(absl::Seconds(30)).has_value());
  std::vector<Request> requests;
  std::ifstream log(folder_ + "/access.log");
  std::string line;
  while (std::getline(log, line)) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 3) requests.push_back({words[0], words[1]});
  }
  return requests;
}

}  // namespace lull
