#include "tests/worker/dead_ends.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/worker/answer_table.h"
#include "tests/worker/http2_frames.h"

namespace lull {
namespace {

// More than a backlog of none has room for.
constexpr int kFillers = 4;
// Addresses for documentation (RFC 5737), which nobody has: no call to them is ever begun.
constexpr char kPlainUrl[] = "http://192.0.2.1";
constexpr char kForeignUrl[] = "https://192.0.2.1";
constexpr char kAnswer[] =
    R"({"choices":[{"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]})";

std::string ClosedUrl() {
  return absl::StrCat("http://127.0.0.1:", RawServer([](RawConnection&) {}).port());
}

}  // namespace

DeadEnds::Peer::Peer(const TestCertificate& certificate, Frames frames_of)
    : frames(std::move(frames_of)),
      server(
          [this](RawConnection& connection) {
            const auto count = [this](RawConnection&, uint32_t) { return ++requests > 0; };
            const auto end = [this](RawConnection& to, uint32_t stream) {
              to.Send(frames(stream));
              return true;
            };
            if (connection.speaks_http2()) return ServeFrames(connection, count, end);
            while (connection.ReadRequest()) {
              ++requests;
              connection.Send(RawAnswer(200, kAnswer, "Content-Type: application/json\r\n"));
            }
          },
          &certificate, /*http2=*/true) {}

DeadEnds::DeadEnds()
    : closed_(ClosedUrl()),
      certificate_(MakeTestCertificate("IP:127.0.0.1")),
      untrusted_([](RawConnection& connection) { connection.WaitForClose(); }, &certificate_),
      trusted_certificate_(MakeTestCertificate("IP:127.0.0.1")),
      refusing_(trusted_certificate_,
                [](uint32_t stream) { return ResetFrame(stream, Http2Error::kRefusedStream); }),
      wanting_http11_(
          trusted_certificate_,
          [](uint32_t stream) { return ResetFrame(stream, Http2Error::kHttp11Required); }),
      leaving_(trusted_certificate_,
               [](uint32_t) { return GoAwayFrame(/*last_stream=*/0, Http2Error::kNone); }) {
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

const DeadEnds::Peer* DeadEnds::PeerFor(absl::string_view script) const {
  if (script == kRefusingPeer) return &refusing_;
  if (script == kHttp11Peer) return &wanting_http11_;
  return script == kLeavingPeer ? &leaving_ : nullptr;
}

bool DeadEnds::Hears(absl::string_view script) {
  return script == kRefusingPeer || script == kHttp11Peer || script == kLeavingPeer;
}

int DeadEnds::RequestsFor(absl::string_view script) const {
  const Peer* const peer = PeerFor(script);
  return peer == nullptr ? 0 : peer->requests.load();
}

bool DeadEnds::Has(absl::string_view script) {
  return Hears(script) || script == kNoServer || script == kSilentServer ||
         script == kUntrustedServer || script == kPlainOrigin || script == kForeignOrigin;
}

std::string DeadEnds::OriginFor(absl::string_view script) const {
  if (const Peer* const peer = PeerFor(script)) return peer->server.Url("");
  if (script == kSilentServer) return absl::StrCat("http://127.0.0.1:", silent_port_);
  if (script == kUntrustedServer) return untrusted_.Url("");
  if (script == kPlainOrigin) return kPlainUrl;
  if (script == kForeignOrigin) return kForeignUrl;
  return closed_;
}

std::vector<std::string> DeadEnds::key_origins() const {
  std::vector<std::string> origins;
  for (const char* script :
       {kNoServer, kSilentServer, kUntrustedServer, kRefusingPeer, kHttp11Peer, kLeavingPeer}) {
    origins.push_back(OriginFor(script));
  }
  return origins;
}

}  // namespace lull
