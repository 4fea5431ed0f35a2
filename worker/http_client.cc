#include "worker/http_client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "worker/curl_multi.h"
#include "worker/http_transfer.h"

namespace lull {
namespace {

// An injected clock cannot end a wait for sockets, so with calls in flight it is looked at this
// often at least.
constexpr absl::Duration kPollMax = absl::Milliseconds(250);
constexpr absl::Duration kIdlePollMax = absl::Minutes(1);
constexpr size_t kSpareHandlesMax = 256;
constexpr size_t kHttp11OriginsMax = 1024;
// What ends is handed on to other threads and, together with what ended at the same time, to the
// server. So with many calls in flight what happens is gathered for a while before the next turn:
// short beside an answer, and every thread has to be woken less often. Fewer than 200 are handed on
// sooner than that: there, waiting costs more than it saves.
constexpr absl::Duration kGatherPerCall = absl::Microseconds(5);
constexpr absl::Duration kGatherMin = absl::Milliseconds(1);
constexpr absl::Duration kGatherMax = absl::Milliseconds(10);

// Of "https://host:port/path", what stands before the path.
absl::string_view OriginOf(absl::string_view url) {
  const size_t host = url.find("://");
  return host == absl::string_view::npos ? url : url.substr(0, url.find('/', host + 3));
}

void InitCurlOnce() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)code;
}

}  // namespace

class HttpClient::Loop {
 public:
  Loop(const HttpClientOptions& options, const Clock& clock, std::unique_ptr<CurlMulti> multi)
      : options_(options), clock_(clock), multi_(std::move(multi)) {}

  absl::Status Call(uint64_t id, HttpCall call, Done done) {
    if (call.body.empty()) return absl::InvalidArgumentError("an HTTP call needs a body");
    bool wake;
    {
      MutexLock lock(mutex_);
      wake = inbox_.empty();
      if (open_calls_ >= options_.calls_max) {
        return absl::ResourceExhaustedError(
            absl::StrCat(open_calls_, " HTTP calls are open; allowed are ", options_.calls_max));
      }
      ++open_calls_;
      inbox_.calls.push_back({id, std::move(call), std::move(done), clock_.Now().steady});
    }
    if (wake) multi_->Wake();
    return absl::OkStatus();
  }

  void Abort(uint64_t id) {
    bool wake;
    {
      MutexLock lock(mutex_);
      wake = inbox_.empty();
      inbox_.aborts.push_back(id);
    }
    if (wake) multi_->Wake();
  }

  void Stop() {
    {
      MutexLock lock(mutex_);
      inbox_.stop = true;
      stopping_.Signal();
    }
    multi_->Wake();
  }

  void Run() {
    while (true) {
      Inbox inbox = TakeInbox();
      for (NewCall& call : inbox.calls) Begin(std::move(call));
      for (const uint64_t id : inbox.aborts) End(id, HttpEnd::kAborted);
      if (inbox.stop) break;
      Gather();
      const absl::Duration wait = flights_.empty() ? kIdlePollMax : kPollMax;
      multi_->Turn(std::min(wait, next_check_ - clock_.Now().steady));
      EndFinished();
      if (clock_.Now().steady >= next_check_) EndOverdue();
    }
    while (!flights_.empty()) End(flights_.begin()->first, HttpEnd::kAborted);
    for (NewCall& call : TakeInbox().calls) Finish(call.done, AbortedBeforeItBegan());
  }

 private:
  struct NewCall {
    uint64_t id;
    HttpCall call;
    Done done;
    absl::Duration handed_over;  // steady time
  };
  struct Inbox {
    std::vector<NewCall> calls;    // at most calls_max
    std::vector<uint64_t> aborts;  // at most one per call
    bool stop = false;

    // The first that comes in wakes the loop, which takes all that is in by then.
    bool empty() const { return calls.empty() && aborts.empty() && !stop; }
  };
  struct Flight {
    std::unique_ptr<HttpTransfer> transfer;
    Done done;
  };

  static HttpAnswer AbortedBeforeItBegan() {
    HttpAnswer answer;
    answer.end = HttpEnd::kAborted;
    return answer;
  }

  Inbox TakeInbox() {
    MutexLock lock(mutex_);
    Inbox taken = std::move(inbox_);
    inbox_ = Inbox();
    inbox_.stop = taken.stop;
    return taken;
  }

  void Begin(NewCall call) {
    CurlEasy easy;
    if (spare_.empty()) {
      easy = HttpTransfer::NewEasy(options_);
    } else {
      easy = std::move(spare_.back());
      spare_.pop_back();
    }
    const bool http11 =
        !http11_origins_.empty() && http11_origins_.contains(OriginOf(call.call.url));
    auto transfer =
        std::make_unique<HttpTransfer>(std::move(easy), std::move(call.call), http11,
                                       call.handed_over, options_, clock_, &next_check_);
    if (multi_->Add(transfer->easy(), OriginOf(transfer->url())) != CURLM_OK) {
      Finish(call.done, transfer->TakeAnswer(CURLE_FAILED_INIT));
      return;
    }
    ids_[transfer->easy()] = call.id;
    flights_[call.id] = {std::move(transfer), std::move(call.done)};
  }

  void EndFinished() {
    while (const std::optional<CurlMulti::Finished> finished = multi_->TakeFinished()) {
      const uint64_t id = ids_.at(finished->easy);
      End(id, finished->code);
    }
  }

  void EndOverdue() {
    const absl::Duration now = clock_.Now().steady;
    std::vector<std::pair<uint64_t, HttpEnd>> overdue;
    next_check_ = absl::InfiniteDuration();
    for (const auto& [id, flight] : flights_) {
      const CallDeadlines::Deadline deadline = flight.transfer->next_deadline();
      if (deadline.at <= now) {
        overdue.emplace_back(id, deadline.end);
      } else {
        next_check_ = std::min(next_check_, deadline.at);
      }
    }
    for (const auto& [id, end] : overdue) End(id, end, /*gave_up=*/true);
  }

  // `end` is a CURLcode or an HttpEnd; `gave_up`: the upstream was waited for in vain. A call that
  // has ended already is left alone.
  template <typename EndOrCode>
  void End(uint64_t id, EndOrCode end, bool gave_up = false) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    Flight flight = std::move(found->second);
    flights_.erase(found);
    ids_.erase(flight.transfer->easy());
    if (gave_up && flight.transfer->request_sent()) {
      multi_->RemoveUnanswered(flight.transfer->easy(), *flight.transfer->request_sent());
    } else {
      multi_->Remove(flight.transfer->easy());
    }
    HttpAnswer answer = flight.transfer->TakeAnswer(end);
    if (flight.transfer->wants_http11() && http11_origins_.size() < kHttp11OriginsMax) {
      http11_origins_.insert(std::string(OriginOf(flight.transfer->url())));
    }
    CurlEasy easy = flight.transfer->TakeEasy();
    if (easy != nullptr && spare_.size() < kSpareHandlesMax) spare_.push_back(std::move(easy));
    Finish(flight.done, std::move(answer));
  }

  void Finish(const Done& done, HttpAnswer answer) {
    {
      MutexLock lock(mutex_);
      --open_calls_;
    }
    done(std::move(answer));
  }

  void Gather() {
    const absl::Duration pause =
        std::min(static_cast<double>(flights_.size()) * kGatherPerCall, kGatherMax);
    if (pause < kGatherMin) return;
    const absl::Duration until = clock_.Now().steady + pause;
    MutexLock lock(mutex_);
    if (!inbox_.stop) clock_.WaitUntil(stopping_, mutex_, until);
  }

  const HttpClientOptions options_;
  const Clock& clock_;

  // The client's thread alone. Spare handles and flights go before the multi handle.
  const std::unique_ptr<CurlMulti> multi_;
  absl::flat_hash_map<uint64_t, Flight> flights_;
  absl::flat_hash_map<CURL*, uint64_t> ids_;
  std::vector<CurlEasy> spare_;
  // Those that have turned a call away since it came over HTTP/2.
  absl::flat_hash_set<std::string> http11_origins_;
  absl::Duration next_check_ = absl::InfiniteDuration();  // no deadline lies before it

  Mutex mutex_;
  CondVar stopping_;
  Inbox inbox_ ABSL_GUARDED_BY(mutex_);
  int open_calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Start(const HttpClientOptions& options,
                                                              const Clock& clock) {
  InitCurlOnce();
  const CurlEasy easy(curl_easy_init());
  if (curl_easy_setopt(easy.get(), CURLOPT_RTSP_REQUEST, static_cast<long>(CURL_RTSPREQ_RECEIVE)) !=
      CURLE_OK) {
    return absl::FailedPreconditionError(
        "this libcurl is built without RTSP, whose option keeps it from sending calls twice");
  }
  if (!options.ca_file.empty() && access(options.ca_file.c_str(), R_OK) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file of authorities \"", options.ca_file, "\" cannot be read"));
  }
  LULL_ASSIGN_OR_RETURN(
      std::unique_ptr<CurlMulti> multi,
      CurlMulti::New({options.calls_max, options.streams_max, options.idle_connection_max}, clock));
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::make_unique<Loop>(options, clock, std::move(multi))));
}

HttpClient::HttpClient(std::unique_ptr<Loop> loop)
    : loop_(std::move(loop)), thread_([this] { loop_->Run(); }) {}

HttpClient::~HttpClient() {
  loop_->Stop();
  thread_.join();
}

absl::Status HttpClient::Call(uint64_t id, HttpCall call, Done done) {
  return loop_->Call(id, std::move(call), std::move(done));
}

void HttpClient::Abort(uint64_t id) { loop_->Abort(id); }

}  // namespace lull
