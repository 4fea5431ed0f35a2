// Where no call arrives: the addresses of those rows of the table of answers that are no answers.
#ifndef LULL_TESTS_WORKER_DEAD_ENDS_H_
#define LULL_TESTS_WORKER_DEAD_ENDS_H_

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

 private:
  const std::string closed_;
  // Listens, but the system takes no more connections for it.
  int listener_ = -1;
  std::vector<int> fillers_;
  int silent_port_ = 0;
  // Its certificate is its own authority.
  const TestCertificate certificate_;
  RawServer untrusted_;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_DEAD_ENDS_H_
