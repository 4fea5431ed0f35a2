#include "server/server.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/http/http_router.h"
#include "base/http/http_server.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/url/host_port.h"
#include "server/engine/engine_loop.h"
#include "server/http/metrics_page.h"
#include "server/http/routes.h"
#include "server/http/server_metrics.h"
#include "server/reads/body_cache.h"
#include "server/reads/job_reads.h"
#include "server/reads/read_pool.h"
#include "server/rpc/grpc_listener.h"
#include "server/rpc/health.h"
#include "server/server_observer.h"
#include "server/services/admin_service.h"
#include "server/services/batch_service.h"
#include "server/services/job_service.h"
#include "server/services/service_parts.h"
#include "server/services/worker_service.h"
#include "server/store_watch.h"
#include "server/watch/watch_hub.h"
#include "storage/open_job_store.h"

namespace lull {
namespace {

// For replies that are being sent.
constexpr absl::Duration kLastReplies = absl::Seconds(2);
constexpr absl::Duration kIdlePoll = absl::Milliseconds(100);

// As the HTTP server takes it: IPv6 without brackets, and the one name that needs no look-up.
std::string NumericHost(absl::string_view host) {
  if (host == "localhost") return "127.0.0.1";
  return std::string(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
}

}  // namespace

// In the order in which they need each other: the last is made last and goes first.
class Server::Parts {
 public:
  Parts(const ServerOptions& options, std::unique_ptr<JobStore> store, const Clock* clock)
      : store_(std::move(store)),
        metrics_(*options.rules.plan),
        bodies_(options.body_cache_bytes),
        observer_(&metrics_, &bodies_, &watches_, &health_),
        loop_(options.engine, store_.get(), clock, &observer_),
        pool_(store_.get(), options.read_threads, options.max_queued_reads),
        reads_(&pool_, &loop_),
        watches_(options.watches, store_.get(), &reads_, clock),
        page_(&parts_, store_.get(), &metrics_),
        store_watch_(
            store_.get(), clock,
            [this](const absl::Status& checked) { metrics_.OnStoreChecked(checked); },
            [this](const absl::Status& damage) { StopServing(damage); }) {
    parts_ = {.loop = &loop_,
              .pool = &pool_,
              .reads = &reads_,
              .bodies = &bodies_,
              .watches = &watches_,
              .clock = clock,
              .observer = &metrics_,
              .draining = &draining_,
              .rules = options.rules,
              .max_response_body_bytes = options.max_response_body_bytes,
              .send_request_id = options.send_request_id,
              .start_time = clock->WallNow()};
  }
  ~Parts() { Stop(); }

  absl::Status Start(const ServerOptions& options) {
    LULL_RETURN_IF_ERROR(loop_.Start());
    LULL_ASSIGN_OR_RETURN(
        grpc_, GrpcListener::Start(options.grpc_address, {&jobs_, &batches_, &workers_, &admin_}));
    health_.Attach(grpc_->health());
    if (!options.http_address.empty()) LULL_RETURN_IF_ERROR(StartHttp(options.http_address));
    store_watch_.Start();
    return absl::OkStatus();
  }

  const std::string& grpc_address() const { return grpc_->address(); }
  const std::string& http_address() const { return http_address_; }

  void Drain() {
    draining_ = true;
    health_.SetDraining();
    loop_.Drain();
  }

  // nullopt: the engine does not answer.
  std::optional<int64_t> CountLeases(absl::Duration timeout);

  // No call is left when the listener has stopped, so nothing asks the engine any more when it
  // stops, and nothing is owed any more when the pool has run empty.
  void Stop() {
    store_watch_.Stop();
    health_.Attach(nullptr);
    watches_.Stop();
    if (grpc_ != nullptr) grpc_->Stop(kLastReplies);
    loop_.Stop();
    pool_.Stop();
    if (http_ != nullptr) http_->Stop(kLastReplies);
  }

 private:
  // What a damaged store says may be wrong, and what is written to it may damage more. The HTTP
  // port stays, so that it can be seen.
  void StopServing(const absl::Status& damage) {
    LogError(
        "store",
        "THE STORE IS DAMAGED: nothing is served any more. Stop the server, keep a copy of its "
        "data directory, look for what is wrong with the disk, and restore the newest backup "
        "(docs/operations.md, \"A damaged store\")",
        {{"status", damage}});
    damaged_ = true;
    health_.SetDraining();
    watches_.Stop();
    grpc_->Stop(kLastReplies);
    loop_.Stop();
  }

  absl::Status StartHttp(const std::string& address) {
    LULL_ASSIGN_OR_RETURN(const HostPort host_port, ParseHostPort(address));
    AddRoutes(
        &page_, [this] { return health_.serving(); }, &router_);
    HttpServerOptions http;
    http.address = NumericHost(host_port.host);
    http.port = host_port.port;
    LULL_ASSIGN_OR_RETURN(
        http_, HttpServer::Start(http, [this](HttpRequest request, HttpResponder responder) {
          router_.Handle(std::move(request), std::move(responder));
        }));
    http_address_ = absl::StrCat(host_port.host, ":", http_->port());
    return absl::OkStatus();
  }

  std::atomic<bool> draining_{false};
  std::atomic<bool> damaged_{false};
  const std::unique_ptr<JobStore> store_;
  Health health_;
  ServerMetrics metrics_;
  BodyCache bodies_;
  ServerObserver observer_;
  EngineLoop loop_;
  ReadPool pool_;
  JobReads reads_;
  WatchHub watches_;  // the observer's, which is used only once the loop has started
  ServiceParts parts_;
  JobService jobs_{&parts_};
  BatchService batches_{&parts_};
  WorkerService workers_{&parts_};
  AdminService admin_{&parts_};
  std::unique_ptr<GrpcListener> grpc_;
  MetricsPage page_;
  HttpRouter router_;
  std::unique_ptr<HttpServer> http_;
  std::string http_address_;
  StoreWatch store_watch_;
};

std::optional<int64_t> Server::Parts::CountLeases(absl::Duration timeout) {
  if (damaged_) return 0;  // nobody is waited for
  struct Answer {
    Mutex mutex;
    CondVar arrived;
    std::optional<int64_t> leases ABSL_GUARDED_BY(mutex);
  };
  // Shared, since the answer may come after the time is over.
  auto answer = std::make_shared<Answer>();
  const absl::Status posted = loop_.Post(
      Call<StatsRequest, StatsReply>{{}, [answer](absl::StatusOr<StatsReply> stats) {
                                       if (!stats.ok()) return;
                                       int64_t leases = 0;
                                       for (const ClassStats& of_class : stats->classes) {
                                         leases += of_class.running + of_class.cancelling;
                                       }
                                       MutexLock lock(answer->mutex);
                                       answer->leases = leases;
                                       answer->arrived.Signal();
                                     }});
  if (!posted.ok()) return std::nullopt;
  const absl::Duration end = SystemClock().Now().steady + timeout;
  MutexLock lock(answer->mutex);
  while (!answer->leases) {
    if (SystemClock().WaitUntil(answer->arrived, answer->mutex, end)) break;
  }
  return answer->leases;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, const Clock* clock) {
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<JobStore> store,
                        OpenJobStore(StoreOptions{.data_dir = options.data_dir}));
  auto parts = std::make_unique<Parts>(options, std::move(store), clock);
  LULL_RETURN_IF_ERROR(parts->Start(options));
  LogInfo("server", "serving",
          {{"grpc_address", parts->grpc_address()},
           {"http_address", parts->http_address()},
           {"data_dir", options.data_dir}});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

const std::string& Server::grpc_address() const { return parts_->grpc_address(); }
const std::string& Server::http_address() const { return parts_->http_address(); }

void Server::Drain() {
  LogInfo("server", "draining: submits are refused, results are still taken");
  parts_->Drain();
}

bool Server::WaitUntilIdle(absl::Duration timeout) {
  const absl::Duration end = SystemClock().Now().steady + timeout;
  Mutex mutex;
  CondVar never;
  MutexLock lock(mutex);
  while (true) {
    const absl::Duration left = end - SystemClock().Now().steady;
    if (parts_->CountLeases(std::max(left, absl::ZeroDuration())) == 0) return true;
    if (left <= absl::ZeroDuration()) return false;
    never.WaitFor(mutex, std::min(kIdlePoll, left));
  }
}

void Server::Stop() {
  parts_->Stop();
  LogInfo("server", "stopped");
}

}  // namespace lull
