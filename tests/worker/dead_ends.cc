#include "tests/worker/dead_ends.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/worker/answer_table.h"

namespace lull {
namespace {

// More than a backlog of none has room for.
constexpr int kFillers = 4;
// Addresses for documentation (RFC 5737), which nobody has: no call to them is ever begun.
constexpr char kPlainUrl[] = "http://192.0.2.1";
constexpr char kForeignUrl[] = "https://192.0.2.1";

std::string ClosedUrl() {
  return absl::StrCat("http://127.0.0.1:", RawServer([](RawConnection&) {}).port());
}

}  // namespace

DeadEnds::DeadEnds()
    : closed_(ClosedUrl()),
      certificate_(MakeTestCertificate("IP:127.0.0.1")),
      untrusted_([](RawConnection& connection) { connection.WaitForClose(); }, &certificate_) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener_, generic, size), 0);
  EXPECT_EQ(listen(listener_, 0), 0);
  EXPECT_EQ(getsockname(listener_, generic, &size), 0);
  silent_port_ = ntohs(address.sin_port);
  for (int i = 0; i < kFillers; ++i) {
    fillers_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    (void)connect(fillers_.back(), generic, size);
  }
}

DeadEnds::~DeadEnds() {
  for (const int filler : fillers_) close(filler);
  close(listener_);
}

bool DeadEnds::Has(absl::string_view script) {
  return script == kNoServer || script == kSilentServer || script == kUntrustedServer ||
         script == kPlainOrigin || script == kForeignOrigin;
}

std::string DeadEnds::OriginFor(absl::string_view script) const {
  if (script == kSilentServer) return absl::StrCat("http://127.0.0.1:", silent_port_);
  if (script == kUntrustedServer) return untrusted_.Url("");
  if (script == kPlainOrigin) return kPlainUrl;
  if (script == kForeignOrigin) return kForeignUrl;
  return closed_;
}

std::vector<std::string> DeadEnds::key_origins() const {
  return {OriginFor(kNoServer), OriginFor(kSilentServer), OriginFor(kUntrustedServer)};
}

}  // namespace lull
