// Where no call is served: the addresses of those rows of the table of answers that are no answers.
#ifndef LULL_TESTS_WORKER_DEAD_ENDS_H_
#define LULL_TESTS_WORKER_DEAD_ENDS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/worker/raw_server.h"

namespace lull {

class DeadEnds {
 public:
  DeadEnds();
  ~DeadEnds();

  // Whether a row with this script goes to one of them.
  static bool Has(absl::string_view script);
  // "http://HOST:PORT", as an upstream's base URL has it.
  std::string OriginFor(absl::string_view script) const;
  // Those that a key may be sent to.
  std::vector<std::string> key_origins() const;
  // PEM of the authority to trust; one of the dead ends is not of it.
  const std::string& ca_pem() const { return trusted_certificate_.certificate_pem; }

  // Of those that hear of a call before they turn it away: how many they have heard of.
  static bool Hears(absl::string_view script);
  int RequestsFor(absl::string_view script) const;

 private:
  const std::string closed_;
  // Listens, but the system takes no more connections for it.
  int listener_ = -1;
  std::vector<int> fillers_;
  int silent_port_ = 0;
  // Its certificate is its own authority.
  const TestCertificate certificate_;
  RawServer untrusted_;
  // They speak HTTP/2, and end each stream by these frames.
  struct Peer {
    using Frames = std::function<std::string(uint32_t stream)>;
    Peer(const TestCertificate& certificate, Frames frames);

    std::atomic<int> requests = 0;
    const Frames frames;
    const RawServer server;
  };
  const Peer* PeerFor(absl::string_view script) const;

  const TestCertificate trusted_certificate_;
  const Peer refusing_;
  const Peer wanting_http11_;  // over which it answers
  const Peer leaving_;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_DEAD_ENDS_H_
