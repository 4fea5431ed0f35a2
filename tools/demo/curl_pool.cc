#include "tools/demo/curl_pool.h"

#include <curl/curl.h>

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr long kCallTimeoutSeconds = 120;

size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// One call under way. libcurl reads the body where it is.
struct Call {
  std::unique_ptr<CURL, FreeEasy> easy;
  PostRequest request;
};

class Pool {
 public:
  explicit Pool(const PostOptions& options) : options_(options), multi_(curl_multi_init()) {
    headers_.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    if (!options.api_key.empty()) {
      // Appending to a list gives the list itself, as it is not empty.
      curl_slist_append(headers_.get(),
                        absl::StrCat("Authorization: Bearer ", options.api_key).c_str());
    }
  }

  bool usable() const { return multi_ != nullptr && headers_ != nullptr; }
  size_t size() const { return calls_.size(); }

  bool Add(PostRequest request) {
    CURL* easy = curl_easy_init();
    if (easy == nullptr) return false;
    Call& call = calls_[easy];
    call.easy.reset(easy);
    call.request = std::move(request);
    curl_easy_setopt(easy, CURLOPT_URL, call.request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(call.request.body.size()));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Discard);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, kCallTimeoutSeconds);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
    return curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
  }

  // Moves data; hands over the calls that have ended.
  bool Perform(const std::function<void(const PostResult&)>& done) {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      PostResult result;
      if (message->data.result == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        result.http_status = static_cast<int>(status);
      } else {
        result.error = curl_easy_strerror(message->data.result);
      }
      curl_multi_remove_handle(multi_.get(), easy);
      calls_.erase(easy);
      done(result);
    }
    return calls_.empty() || curl_multi_poll(multi_.get(), nullptr, 0, 100, nullptr) == CURLM_OK;
  }

 private:
  const PostOptions& options_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  // The calls are to go before what they belong to.
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::map<CURL*, Call> calls_;
};

}  // namespace

absl::Status PostAll(const PostOptions& options,
                     const std::function<bool(PostRequest* request)>& next,
                     const std::function<void(const PostResult& result)>& done) {
  Pool pool(options);
  if (!pool.usable()) return absl::InternalError("libcurl cannot be used");
  for (bool more = true; more || pool.size() > 0;) {
    PostRequest request;
    while (more && pool.size() < static_cast<size_t>(options.calls_max)) {
      more = next(&request);
      if (more && !pool.Add(std::move(request))) {
        return absl::InternalError("libcurl takes no more calls");
      }
    }
    if (!pool.Perform(done)) return absl::InternalError("libcurl has failed");
  }
  return absl::OkStatus();
}

}  // namespace lull
