// The busy provider itself: takes each call through its life, from the ledger's first line to its
// last. Used by the HTTP server's one thread alone.
#ifndef LULL_TOOLS_BUSY_API_PROVIDER_H_
#define LULL_TOOLS_BUSY_API_PROVIDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "base/http/http_message.h"
#include "base/http/http_responder.h"
#include "tools/busy_api/answer_tape.h"
#include "tools/busy_api/call.h"
#include "tools/busy_api/capacity.h"
#include "tools/busy_api/ledger.h"
#include "tools/busy_api/settings.h"

namespace lull {

class Provider {
 public:
  // `clock` and `ledger` outlive the provider.
  Provider(const Clock& clock, uint64_t seed, const Settings& settings, Ledger& ledger);

  void Handle(Call::Kind kind, HttpRequest request, HttpResponder responder);

  Settings& settings() { return settings_; }
  // Counts since the start, as a JSON object.
  std::string StatsJson() const;

 private:
  // What is known of a call while it is in flight.
  struct Visit {
    Call call;
    uint64_t number = 0;
    absl::Duration begin;  // steady
    HttpResponder responder;
    bool holds_slot = false;
  };

  void Refuse(std::shared_ptr<Visit> visit, int status, const std::string& type,
              const std::string& code, const std::string& message, const std::string& cause);
  void RefuseFull(std::shared_ptr<Visit> visit);
  void Serve(std::shared_ptr<Visit> visit);
  void Play(std::shared_ptr<Visit> visit, AnswerTape tape, LedgerEnd end);
  void End(const Visit& visit, LedgerEnd end);
  int64_t AccountOf(const HttpRequest& request);
  int64_t OutputTokens(const Call& call, bool* cut_by_limit) const;

  const Clock& clock_;
  const uint64_t seed_;
  Settings settings_;
  Ledger& ledger_;
  Capacity capacity_;
  int64_t in_flight_ = 0;

  absl::flat_hash_map<std::string, int64_t> accounts_;  // by the hash of the Authorization header

  int64_t calls_ = 0;
  int64_t in_flight_max_ = 0;
  int64_t taken_max_ = 0;
  int64_t billed_ = 0;
  int64_t completion_tokens_ = 0;
  std::map<std::string, int64_t> outcomes_;
  std::map<int, int64_t> statuses_;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_PROVIDER_H_
