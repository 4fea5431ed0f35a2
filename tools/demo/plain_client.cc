// The client that people write first: so many requests at a time, each sent once, nothing repeated.
// Shows how a busy API fares without Lull.
#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "tools/lull/batch/batch_input.h"

namespace lull {
namespace {

constexpr long kTimeoutSeconds = 120;

struct Counts {
  std::atomic<int64_t> answered{0};
  std::atomic<int64_t> refused{0};  // 429 and 503
  std::atomic<int64_t> failed{0};   // anything else
};

size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

// The status code; 0 if no answer came.
long Post(CURL* curl, const std::string& url, const std::string& body, const std::string& key) {
  curl_easy_reset(curl);
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  const std::string authorization = absl::StrCat("Authorization: Bearer ", key);
  if (!key.empty()) headers = curl_slist_append(headers, authorization.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // not even one of the environment's
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Discard);
  long status = 0;
  if (curl_easy_perform(curl) == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  }
  curl_slist_free_all(headers);
  return status;
}

class PlainClient {
 public:
  PlainClient(BatchInput requests, std::string origin, std::string key)
      : requests_(std::move(requests)), origin_(std::move(origin)), key_(std::move(key)) {}

  // Sends all requests, `parallel` at a time.
  void Run(int parallel) {
    std::vector<std::thread> threads;
    for (int i = 0; i < parallel; ++i) threads.emplace_back([this] { Work(); });
    for (std::thread& thread : threads) thread.join();
  }
  const Counts& counts() const { return counts_; }

 private:
  // OUT_OF_RANGE: there are no more.
  absl::StatusOr<BatchLine> Take() {
    MutexLock lock(mutex_);
    if (next_ == requests_.size()) return absl::OutOfRangeError("no more");
    return requests_.Read(next_++);
  }

  void Work() {
    CURL* curl = curl_easy_init();
    for (absl::StatusOr<BatchLine> line = Take(); line.ok(); line = Take()) {
      const long status = Post(curl, absl::StrCat(origin_, line->url), line->body, key_);
      std::atomic<int64_t>& count = status == 200                    ? counts_.answered
                                    : status == 429 || status == 503 ? counts_.refused
                                                                     : counts_.failed;
      ++count;
    }
    curl_easy_cleanup(curl);
  }

  Mutex mutex_;
  BatchInput requests_ ABSL_GUARDED_BY(mutex_);
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  const std::string origin_;
  const std::string key_;
  Counts counts_;
};

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  CLI::App app{
      "Sends the requests of a batch file to an API as a plain client does, without repeating "
      "any."};
  std::string file;
  std::string origin;
  std::string key;
  int parallel = 50;
  app.add_option("FILE", file, "Requests in OpenAI's batch file format")->required();
  app.add_option("--origin", origin, "Scheme, host and port of the API, e.g. http://127.0.0.1:8080")
      ->required();
  app.add_option("--key", key, "API key to send")->envname("LULL_API_KEY");
  app.add_option("--parallel", parallel, "Requests at a time")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);

  absl::StatusOr<lull::BatchInput> requests = lull::BatchInput::Open(file);
  if (!requests.ok()) {
    std::cerr << "plain_client: " << requests.status().message() << "\n";
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const int64_t total = static_cast<int64_t>(requests->size());
  lull::PlainClient client(*std::move(requests), origin, key);
  client.Run(parallel);
  const lull::Counts& counts = client.counts();
  std::cout << nlohmann::json{{"requests", total},
                              {"answered", counts.answered.load()},
                              {"refused", counts.refused.load()},
                              {"failed", counts.failed.load()},
                              {"refused_percent",
                               total == 0 ? 0.0
                                          : 100.0 * static_cast<double>(counts.refused.load()) /
                                                static_cast<double>(total)}}
            << "\n";
  return 0;
}
