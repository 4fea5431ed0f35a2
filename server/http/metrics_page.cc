#include "server/http/metrics_page.h"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/http/process_metrics.h"
#include "server/http/server_gauges.h"

namespace lull {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

void Append(Families more, Families* families) {
  families->insert(families->end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
}

// nullopt: they cannot be read.
std::optional<int64_t> CountEvents(PoolReader& pool) {
  const auto range = pool.Do([](JobReader& reader) { return reader.ReadEventRange(); });
  if (!range.ok()) return std::nullopt;
  return range->next - range->oldest;
}

}  // namespace

// The engine's answer and the timeout race; the first one answers.
struct MetricsPage::Scrape {
  Scrape(HttpResponder scrape_responder, std::shared_ptr<std::atomic<int>> scrapes)
      : responder(std::move(scrape_responder)), under_way(std::move(scrapes)) {}
  ~Scrape() { --*under_way; }

  HttpResponder responder;
  std::atomic<bool> answered{false};
  std::shared_ptr<std::atomic<int>> under_way;
};

void MetricsPage::Serve(HttpResponder responder) {
  if (++*under_way_ > kMaxScrapes) {
    --*under_way_;
    responder.Reply(TextResponse(
        503, absl::StrCat("at most ", kMaxScrapes, " scrapes at a time are answered\n")));
    return;
  }
  auto scrape = std::make_shared<Scrape>(responder, under_way_);
  const absl::Status posted = parts_.loop->Post(Call<StatsRequest, StatsReply>{
      {}, [this, scrape](absl::StatusOr<StatsReply> stats) {
        // Writing the text takes milliseconds, which the engine's thread shall not lose.
        parts_.pool->Run([this, scrape, stats = std::move(stats)](PoolReader& pool) mutable {
          Answer(*scrape, stats.ok() ? std::make_optional(*std::move(stats)) : std::nullopt,
                 CountEvents(pool));
        });
      }});
  if (!posted.ok()) return Answer(*scrape, std::nullopt, std::nullopt);
  responder.RunAfter(kEngineTimeout, [this, weak = std::weak_ptr<Scrape>(scrape)] {
    if (const auto late = weak.lock()) Answer(*late, std::nullopt, std::nullopt);
  });
}

void MetricsPage::Answer(Scrape& scrape, std::optional<StatsReply> engine,
                         std::optional<int64_t> events) {
  if (scrape.answered.exchange(true)) return;
  ServerState state;
  state.engine = std::move(engine);
  state.store = store_.GetStats();
  state.bodies = parts_.bodies->GetStats();
  state.watches = parts_.watches->GetStats();
  state.events = events;
  state.queued_reads = parts_.pool->queued();
  state.draining = parts_.draining->load();
  Families families = CollectGauges(state);
  Append(metrics_.Collect(), &families);
  Append(CollectProcessMetrics(), &families);
  HttpResponse response;
  response.headers.Add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = prometheus::TextSerializer().Serialize(families);
  scrape.responder.Reply(std::move(response));
}

}  // namespace lull
