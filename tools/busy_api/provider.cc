#include "tools/busy_api/provider.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/busy_api/admission.h"
#include "tools/busy_api/answer_composer.h"
#include "tools/busy_api/hash.h"
#include "tools/busy_api/other_customers.h"
#include "tools/busy_api/outage.h"
#include "tools/busy_api/preset.h"

namespace lull {
namespace {

// Contents whose repetitions are told apart; beyond that the counting begins anew.
constexpr size_t kContentsMax = 1 << 20;

Behaviour PresetNamed(absl::string_view name, absl::string_view cause) {
  Behaviour behaviour = FindPreset(name).value_or(Behaviour());
  behaviour.name = std::string(cause);
  return behaviour;
}

Behaviour BadRequest(absl::string_view message, absl::string_view cause) {
  Behaviour behaviour = PresetNamed("bad_request_400", cause);
  behaviour.error_message = std::string(message);
  behaviour.error_code.clear();
  return behaviour;
}

absl::string_view HeaderOr(const HttpRequest& request, absl::string_view name,
                           absl::string_view otherwise) {
  const std::string* value = request.headers.Find(name);
  return value == nullptr ? otherwise : absl::string_view(*value);
}

absl::string_view OutcomeOf(const Behaviour& behaviour) {
  const bool broken = behaviour.status == 0 || behaviour.never || behaviour.end != "keep" ||
                      behaviour.content_length_extra != 0;
  if (broken) return "cut";
  if (behaviour.status >= 300 && !behaviour.takes_slot()) return "refused";
  return behaviour.is_error() ? "failed" : "answered";
}

}  // namespace

Provider::Provider(const Clock& clock, uint64_t seed, const Settings& settings,
                   absl::Time virtual_start, Ledger& ledger)
    : clock_(clock),
      seed_(seed),
      settings_(settings),
      ledger_(ledger),
      virtual_clock_(virtual_start, clock.Now().steady),
      refuse_status_({}),
      refuse_hint_({}),
      faults_({}),
      line_(
          [this](VisitPtr visit) {
            if (!capacity_.TryTake(SlotsLeftNow())) return false;
            TakeSlot(*visit);
            Serve(std::move(visit));
            return true;
          },
          [this](VisitPtr visit, WaitingLine::Left why) { LeaveLine(visit, why); }) {
  DeriveFromSettings();
}

void Provider::DeriveFromSettings() {
  refuse_status_ = ParseMix(settings_.refuse_status).value_or(Mix({}));
  refuse_hint_ = ParseMix(settings_.refuse_hint).value_or(Mix({}));
  faults_ = ParseMix(settings_.faults).value_or(Mix({}));
  tariff_ = {settings_.price_hit, settings_.price_miss, settings_.price_output,
             ParseDayHours(settings_.off_peak_hours).value_or(std::nullopt),
             settings_.off_peak_factor};
  virtual_clock_.SetSpeed(settings_.clock_speed, clock_.Now().steady);
}

absl::Status Provider::ChangeSettings(absl::string_view json) {
  if (absl::Status status = MergeSettings(json, &settings_); !status.ok()) return status;
  DeriveFromSettings();
  line_.Advance();
  return absl::OkStatus();
}

int64_t Provider::SlotsLeftNow() const { return SlotsLeft(settings_, seed_, virtual_now()); }

VisitPtr Provider::Arrive(Call call, bool parsed, absl::string_view region,
                          const HttpRequest& request, HttpResponder responder) {
  const Instant now = clock_.Now();
  auto visit = std::make_shared<Visit>(std::move(responder));
  visit->call = std::move(call);
  visit->key = std::string(HeaderOr(request, "Authorization", ""));
  visit->account = &accounts_.Of(request.headers.Find("Authorization"));
  visit->begin = now.steady;
  visit->virtual_begin = virtual_clock_.Now(now.steady);
  if (times_seen_.size() >= kContentsMax) times_seen_.clear();
  const uint64_t content = SeededHash(seed_, visit->call.content_hash);
  visit->dice = SeededHash(content, "seen", times_seen_[content]++);
  counts_.Begin();

  LedgerCall received;
  received.time = now.wall;
  received.request_id = std::string(HeaderOr(request, "X-Request-Id", ""));
  received.method = request.method;
  received.path = request.path;
  received.region = std::string(region);
  received.model = visit->call.model;
  received.content_hash = visit->call.content_hash;
  received.body_hash = parsed ? visit->call.body_hash : Sha256Hex(request.body);
  received.stream = visit->call.stream;
  received.authorization = !visit->key.empty();
  received.account = visit->account->number;
  received.prompt_tokens = visit->call.prompt_tokens;
  received.connection = request.connection;
  received.nth_on_connection = request.nth_on_connection;
  received.in_flight = counts_.in_flight();
  visit->call.number = ledger_.Received(std::move(received));
  return visit;
}

void Provider::Handle(Call::Kind kind, absl::string_view region, HttpRequest request,
                      HttpResponder responder) {
  absl::StatusOr<Call> call = ParseCall(kind, request.body);
  const absl::Status parsed = call.status();
  VisitPtr visit = Arrive(parsed.ok() ? *std::move(call) : Call(), parsed.ok(), region, request,
                          std::move(responder));
  if (std::optional<Behaviour> scripted = Scripted(*visit, request)) {
    Answer(std::move(visit), *std::move(scripted), /*always=*/true);
  } else if (!parsed.ok()) {
    Answer(std::move(visit), BadRequest(parsed.message(), "bad_request"), false);
  } else {
    Behaviour behaviour = Decide(*visit, region);
    Answer(std::move(visit), std::move(behaviour), false);
  }
}

std::optional<Behaviour> Provider::Scripted(const Visit& visit, const HttpRequest& request) {
  if (const std::string* script = request.headers.Find("X-Busy-Script"); script != nullptr) {
    absl::StatusOr<Behaviour> behaviour = ParseBehaviour(*script);
    if (behaviour.ok()) return *std::move(behaviour);
    return BadRequest(absl::StrCat("X-Busy-Script: ", behaviour.status().message()), "bad_script");
  }
  return scripts_.Take(
      {request.body, visit.call.model, request.path, HeaderOr(request, "X-Request-Id", "")});
}

Behaviour Provider::Decide(const Visit& visit, absl::string_view region) {
  if (!settings_.force.empty()) return PresetNamed(settings_.force, settings_.force);
  if (settings_.down) return PresetNamed("unavailable_503", "down");
  if (InOutage(settings_, seed_, region, visit.virtual_begin)) {
    return PresetNamed(settings_.outage_preset, "outage");
  }
  const AdmissionFacts facts = {visit.call,
                                settings_,
                                seed_,
                                visit.begin,
                                visit.virtual_begin,
                                visit.key,
                                refuse_hint_.Pick(SeededFraction(visit.dice, "hint"))};
  if (std::optional<Behaviour> refusal = Admit(facts, *visit.account)) return *std::move(refusal);
  const absl::string_view fault = faults_.PickOrNone(SeededFraction(visit.dice, "fault"));
  return fault.empty() ? Behaviour() : PresetNamed(fault, fault);
}

Behaviour Provider::RefusalForFull(const Visit& visit) const {
  int status = 429;
  (void)absl::SimpleAtoi(refuse_status_.Pick(SeededFraction(visit.dice, "status")), &status);
  Behaviour behaviour = PresetNamed(status == 429   ? "rate_limit_429"
                                    : status == 529 ? "overloaded_529"
                                    : status == 498 ? "flex_498"
                                                    : "unavailable_503",
                                    "full");
  behaviour.status = status;
  const absl::string_view hint = refuse_hint_.Pick(SeededFraction(visit.dice, "hint"));
  behaviour.hint = hint.empty() ? "none" : std::string(hint);
  behaviour.hint_s = settings_.refuse_hint_s;
  return behaviour;
}

void Provider::Answer(VisitPtr visit, Behaviour behaviour, bool always) {
  visit->behaviour = std::move(behaviour);
  if (!visit->behaviour.takes_slot()) {
    Play(std::move(visit));
  } else if (always || (line_.size() == 0 && capacity_.TryTake(SlotsLeftNow()))) {
    if (always) capacity_.Take();
    TakeSlot(*visit);
    Serve(std::move(visit));
  } else if (settings_.when_full == "queue" &&
             line_.size() < static_cast<size_t>(settings_.queue_max)) {
    const AnswerFacts facts = {visit->call, visit->service,
                               settings_,   clock_.WallNow(),
                               visit->key,  RatesOf(settings_, *visit->account, visit->begin)};
    line_.Join(visit, WaitingHeaders(facts), absl::Seconds(settings_.keep_alive_s),
               absl::Seconds(settings_.queue_s_max));
  } else {
    visit->behaviour = RefusalForFull(*visit);
    Play(std::move(visit));
  }
}

void Provider::TakeSlot(Visit& visit) {
  visit.holds_slot = true;
  ++visit.account->in_flight;
  counts_.SlotTaken(capacity_.taken());
}

void Provider::FreeSlot(Visit& visit) {
  if (!visit.holds_slot) return;
  visit.holds_slot = false;
  --visit.account->in_flight;
  capacity_.Release();
  line_.Advance();
}

void Provider::Serve(VisitPtr visit) {
  const Call& call = visit->call;
  const Instant now = clock_.Now();
  const int64_t cached = prompt_cache_.Take(visit->account->number, call.content);
  visit->service = PlanService(call, visit->behaviour, settings_, seed_, cached, now.wall);
  visit->service.total =
      capacity_.Schedule(now.steady, visit->service.total, visit->service.usage.completion_tokens,
                         settings_.tokens_per_s);
  visit->busy_until = now.steady + visit->service.total;
  Play(std::move(visit));
}

void Provider::Play(VisitPtr visit) {
  const AnswerFacts facts = {visit->call,  visit->service,
                             settings_,    clock_.WallNow(),
                             visit->key,   RatesOf(settings_, *visit->account, clock_.Now().steady),
                             visit->waited};
  AnswerTape tape = ComposeAnswer(visit->behaviour, facts);
  const int status = tape.status;
  HttpResponder responder = visit->responder;
  PlayTape(std::move(tape), std::move(responder),
           [this, visit = std::move(visit), status](Played played) {
             EndPlayed(visit, status, played);
           });
}

void Provider::EndPlayed(const VisitPtr& visit, int status, Played played) {
  const Behaviour& behaviour = visit->behaviour;
  LedgerEnd end;
  end.outcome = played.all ? std::string(OutcomeOf(behaviour)) : "client_gone";
  end.cause = behaviour.name;
  end.status = played.status_line ? status : 0;
  end.billed = behaviour.is_billed();
  if (end.billed) {
    end.completion_tokens = visit->service.usage.completion_tokens;
    end.cached_tokens = visit->service.usage.cached_tokens;
    end.cost = tariff_.Cost(visit->service.usage, visit->virtual_begin);
  }
  End(*visit, std::move(end));
  const absl::Duration left = visit->busy_until - clock_.Now().steady;
  if (!played.all && settings_.finish_abandoned && !visit->call.stream &&
      left > absl::ZeroDuration()) {
    visit->responder.RunAfter(left, [this, visit] { FreeSlot(*visit); });
  } else {
    FreeSlot(*visit);
  }
}

void Provider::LeaveLine(const VisitPtr& visit, WaitingLine::Left why) {
  LedgerEnd end;
  end.cause = "queue";
  end.status = 200;  // its head went out when it joined
  if (why == WaitingLine::Left::kTooLong) {
    end.outcome = "cut";
    visit->responder.Close();
  } else {
    end.outcome = "client_gone";
  }
  End(*visit, std::move(end));
}

void Provider::End(Visit& visit, LedgerEnd end) {
  visit.ended = true;
  end.took = clock_.Now().steady - visit.begin;
  visit.account->spent += end.cost;
  counts_.End(end);
  ledger_.Ended(visit.call.number, end);
}

std::string Provider::StatsJson() const {
  const absl::Time now = virtual_now();
  return absl::StrCat(
      "{", counts_.JsonMembers(), ",\"taken\":", capacity_.taken(), ",\"waiting\":", line_.size(),
      ",\"slots_left\":", SlotsLeft(settings_, seed_, now),
      ",\"others_share\":", absl::StrFormat("%.4f", OtherCustomersShare(settings_, seed_, now)),
      ",\"virtual_time\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()),
      "\",\"accounts\":", accounts_.accounts().size(), ",\"lost_lines\":", ledger_.lost_lines(),
      "}\n");
}

}  // namespace lull
