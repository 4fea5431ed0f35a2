// An nginx that speaks HTTP/2 over TLS in front of an upstream that speaks plain HTTP/1.1.
#ifndef LULL_TESTS_WORKER_NGINX_FRONT_H_
#define LULL_TESTS_WORKER_NGINX_FRONT_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/testing/process.h"
#include "tests/worker/raw_server.h"

namespace lull {

class NginxFront {
 public:
  // Without it HTTP/2 cannot be tested; see tools/packages.txt.
  static bool IsInstalled();

  // Fails the test if it does not come up.
  explicit NginxFront(int upstream_port);

  // "https://127.0.0.1:PORT".
  std::string url() const;
  // PEM of the authority to trust.
  const std::string& ca_pem() const { return certificate_.certificate_pem; }
  std::string ca_file() const { return folder_ + "/certificate.pem"; }

  struct Request {
    std::string connection;  // its number
    std::string protocol;    // "HTTP/2.0"
  };
  // Ends it and returns what it served.
  std::vector<Request> Stop();

 private:
  void Start(int upstream_port);

  const std::string folder_;
  const TestCertificate certificate_;
  int port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_NGINX_FRONT_H_
