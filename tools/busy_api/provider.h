// The busy provider itself: takes each call through its life, from the ledger's first line to its
// last. Used by the HTTP server's one thread alone.
#ifndef LULL_TOOLS_BUSY_API_PROVIDER_H_
#define LULL_TOOLS_BUSY_API_PROVIDER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/http/http_message.h"
#include "base/http/http_responder.h"
#include "tools/busy_api/account.h"
#include "tools/busy_api/behaviour.h"
#include "tools/busy_api/call.h"
#include "tools/busy_api/call_counts.h"
#include "tools/busy_api/capacity.h"
#include "tools/busy_api/ledger.h"
#include "tools/busy_api/mix.h"
#include "tools/busy_api/prompt_cache.h"
#include "tools/busy_api/script_book.h"
#include "tools/busy_api/settings.h"
#include "tools/busy_api/tape_player.h"
#include "tools/busy_api/tariff.h"
#include "tools/busy_api/virtual_clock.h"
#include "tools/busy_api/visit.h"
#include "tools/busy_api/waiting_line.h"

namespace lull {

class Provider {
 public:
  // `settings` are valid. `clock` and `ledger` outlive the provider. The accelerated clock begins
  // at `virtual_start`.
  Provider(const Clock& clock, uint64_t seed, const Settings& settings, absl::Time virtual_start,
           Ledger& ledger);

  // `region` is empty for calls that name none.
  void Handle(Call::Kind kind, absl::string_view region, HttpRequest request,
              HttpResponder responder);

  const Settings& settings() const { return settings_; }
  // INVALID_ARGUMENT changes nothing.
  absl::Status ChangeSettings(absl::string_view json);

  ScriptBook& scripts() { return scripts_; }

  absl::Time virtual_now() const { return virtual_clock_.Now(clock_.Now().steady); }
  void SetVirtualNow(absl::Time time) { virtual_clock_.Set(time, clock_.Now().steady); }

  // Counts since the start and what is going on, as a JSON object.
  std::string StatsJson() const;

 private:
  VisitPtr Arrive(Call call, bool parsed, absl::string_view region, const HttpRequest& request,
                  HttpResponder responder);
  // A script's answer, or a complaint about a malformed one.
  std::optional<Behaviour> Scripted(const Visit& visit, const HttpRequest& request);
  // How the provider itself answers: by its state, then by chance.
  Behaviour Decide(const Visit& visit, absl::string_view region);
  Behaviour RefusalForFull(const Visit& visit) const;
  // `always` serves although no slot is free.
  void Answer(VisitPtr visit, Behaviour behaviour, bool always);
  void TakeSlot(Visit& visit);
  void FreeSlot(Visit& visit);
  void Serve(VisitPtr visit);
  void Play(VisitPtr visit);
  void EndPlayed(const VisitPtr& visit, int status, Played played);
  void LeaveLine(const VisitPtr& visit, WaitingLine::Left why);
  void End(Visit& visit, LedgerEnd end);
  int64_t SlotsLeftNow() const;
  void DeriveFromSettings();

  const Clock& clock_;
  const uint64_t seed_;
  Settings settings_;
  Ledger& ledger_;
  VirtualClock virtual_clock_;

  // Parsed from settings_.
  Mix refuse_status_;
  Mix refuse_hint_;
  Mix faults_;
  Tariff tariff_;

  ScriptBook scripts_;
  AccountBook accounts_;
  PromptCache prompt_cache_;
  Capacity capacity_;
  WaitingLine line_;
  CallCounts counts_;
  absl::flat_hash_map<uint64_t, uint64_t> times_seen_;  // by the hash of a call's content
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_PROVIDER_H_
