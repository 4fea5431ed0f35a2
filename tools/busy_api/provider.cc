#include "tools/busy_api/provider.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/busy_api/chat_answer.h"
#include "tools/busy_api/hash.h"
#include "tools/busy_api/json_text.h"
#include "tools/busy_api/mix.h"
#include "tools/busy_api/retry_hint.h"
#include "tools/busy_api/tape_player.h"

namespace lull {
namespace {

std::string ErrorBody(absl::string_view message, absl::string_view type, absl::string_view code,
                      absl::string_view more_members) {
  return absl::StrCat("{\"error\":{\"message\":", JsonString(message),
                      ",\"type\":", JsonString(type), ",\"param\":null,\"code\":", JsonString(code),
                      more_members, "}}");
}

// `mean` moved by up to `spread` of it either way.
double Spread(double mean, double spread, double fraction) {
  return mean * (1 + spread * (2 * fraction - 1));
}

}  // namespace

Provider::Provider(const Clock& clock, uint64_t seed, const Settings& settings, Ledger& ledger)
    : clock_(clock), seed_(seed), settings_(settings), ledger_(ledger) {}

int64_t Provider::AccountOf(const HttpRequest& request) {
  const std::string* authorization = request.headers.Find("Authorization");
  if (authorization == nullptr) return 0;
  constexpr size_t kAccountsMax = 10000;
  if (accounts_.size() >= kAccountsMax) accounts_.clear();
  return accounts_
      .try_emplace(Sha256Hex(*authorization), static_cast<int64_t>(accounts_.size()) + 1)
      .first->second;
}

void Provider::Handle(Call::Kind kind, HttpRequest request, HttpResponder responder) {
  absl::StatusOr<Call> call = ParseCall(kind, request.body);
  const Instant now = clock_.Now();
  auto visit = std::make_shared<Visit>(Visit{call.ok() ? *call : Call(), 0, now.steady, responder});
  ++calls_;
  in_flight_max_ = std::max(in_flight_max_, ++in_flight_);

  LedgerCall received;
  received.time = now.wall;
  const std::string* request_id = request.headers.Find("X-Request-Id");
  if (request_id != nullptr) received.request_id = *request_id;
  received.method = request.method;
  received.path = request.path;
  received.model = visit->call.model;
  received.content_hash = visit->call.content_hash;
  received.body_hash = call.ok() ? visit->call.body_hash : Sha256Hex(request.body);
  received.stream = visit->call.stream;
  received.authorization = request.headers.Find("Authorization") != nullptr;
  received.account = AccountOf(request);
  received.prompt_tokens = visit->call.prompt_tokens;
  received.connection = request.connection;
  received.nth_on_connection = request.nth_on_connection;
  received.in_flight = in_flight_;
  visit->number = ledger_.Received(std::move(received));
  visit->call.number = visit->number;

  if (!call.ok()) {
    Refuse(visit, 400, "invalid_request_error", "invalid_request",
           std::string(call.status().message()), "bad_request");
  } else if (settings_.down) {
    Refuse(visit, 503, "server_error", "service_unavailable", "The service is unavailable.",
           "down");
  } else if (!capacity_.TryTake(settings_.slots)) {
    RefuseFull(visit);
  } else {
    visit->holds_slot = true;
    taken_max_ = std::max(taken_max_, capacity_.taken());
    Serve(visit);
  }
}

void Provider::Refuse(std::shared_ptr<Visit> visit, int status, const std::string& type,
                      const std::string& code, const std::string& message,
                      const std::string& cause) {
  AnswerTape tape;
  tape.status = status;
  tape.headers.Add("Content-Type", "application/json");
  tape.pieces.push_back({absl::ZeroDuration(), ErrorBody(message, type, code, "")});
  LedgerEnd end;
  end.outcome = "refused";
  end.cause = cause;
  end.status = status;
  Play(std::move(visit), std::move(tape), std::move(end));
}

void Provider::RefuseFull(std::shared_ptr<Visit> visit) {
  const uint64_t n = visit->number;
  int status = 429;
  const absl::StatusOr<Mix> statuses = ParseMix(settings_.refuse_status);
  const absl::StatusOr<Mix> hints = ParseMix(settings_.refuse_hint);
  (void)absl::SimpleAtoi(statuses->Pick(SeededFraction(seed_, "refuse_status", n)), &status);
  const RetryHintForm form =
      ParseRetryHintForm(hints->Pick(SeededFraction(seed_, "refuse_hint", n)))
          .value_or(RetryHintForm::kNone);
  const absl::Duration delay = absl::Seconds(settings_.refuse_hint_s);

  AnswerTape tape;
  tape.status = status;
  tape.headers.Add("Content-Type", "application/json");
  AddRetryHeader(form, delay, clock_.WallNow(), &tape.headers);
  const std::string members = RetryBodyMembers(form, delay);
  tape.pieces.push_back(
      {absl::ZeroDuration(), status == 429
                                 ? ErrorBody("Rate limit reached: too many requests in flight.",
                                             "rate_limit_error", "rate_limit_exceeded", members)
                                 : ErrorBody("The server is overloaded, please try again later.",
                                             "server_error", "service_unavailable", members)});
  LedgerEnd end;
  end.outcome = "refused";
  end.cause = "full";
  end.status = status;
  Play(std::move(visit), std::move(tape), std::move(end));
}

int64_t Provider::OutputTokens(const Call& call, bool* cut_by_limit) const {
  const double wanted =
      Spread(static_cast<double>(settings_.output_tokens), settings_.output_spread,
             SeededFraction(seed_, absl::StrCat("output/", call.content_hash)));
  const int64_t tokens = std::max<int64_t>(1, std::llround(wanted));
  *cut_by_limit = call.output_tokens_max.has_value() && *call.output_tokens_max < tokens;
  return *cut_by_limit ? *call.output_tokens_max : tokens;
}

void Provider::Serve(std::shared_ptr<Visit> visit) {
  const Call& call = visit->call;
  bool cut_by_limit = false;
  ChatAnswer answer;
  answer.usage.prompt_tokens = call.prompt_tokens;
  answer.usage.completion_tokens = OutputTokens(call, &cut_by_limit);
  answer.id = absl::StrCat("chatcmpl-", absl::Hex(SeededHash(seed_, "id", call.number)));
  answer.created = absl::ToUnixSeconds(clock_.WallNow());
  answer.model = call.model;
  answer.finish_reason = cut_by_limit ? "length" : "stop";
  answer.content = AnswerText(call.content_hash, answer.usage.completion_tokens);

  const double pace =
      Spread(1, settings_.latency_spread, SeededFraction(seed_, "pace", call.number));
  const absl::Duration first = absl::Milliseconds(settings_.latency_ms * pace);
  const absl::Duration alone =
      first + absl::Milliseconds(settings_.token_ms * pace *
                                 static_cast<double>(answer.usage.completion_tokens));
  const absl::Duration total = capacity_.Schedule(
      clock_.Now().steady, alone, answer.usage.completion_tokens, settings_.tokens_per_s);

  AnswerTape tape;
  if (call.stream) {
    tape.framing = AnswerTape::Framing::kStream;
    tape.headers.Add("Content-Type", "text/event-stream");
    std::vector<std::string> events =
        ChatCompletionEvents(answer, settings_.chunk_tokens, call.include_usage);
    const absl::Duration step = (total - first) / static_cast<int64_t>(events.size());
    for (size_t i = 0; i < events.size(); ++i) {
      tape.pieces.push_back({i == 0 ? first : step, std::move(events[i])});
    }
  } else {
    tape.headers.Add("Content-Type", "application/json");
    tape.head_wait = total;
    tape.pieces.push_back({absl::ZeroDuration(), ChatCompletionJson(answer)});
  }
  LedgerEnd end;
  end.outcome = "answered";
  end.cause = "ok";
  end.status = 200;
  end.billed = true;
  end.completion_tokens = answer.usage.completion_tokens;
  Play(std::move(visit), std::move(tape), std::move(end));
}

void Provider::Play(std::shared_ptr<Visit> visit, AnswerTape tape, LedgerEnd end) {
  HttpResponder responder = visit->responder;
  PlayTape(std::move(tape), std::move(responder),
           [this, visit = std::move(visit), end = std::move(end)](bool sent) mutable {
             if (!sent) {
               end.outcome = "client_gone";
               end.status = 0;
             }
             End(*visit, std::move(end));
           });
}

void Provider::End(const Visit& visit, LedgerEnd end) {
  end.took = clock_.Now().steady - visit.begin;
  if (visit.holds_slot) capacity_.Release();
  --in_flight_;
  ++outcomes_[end.outcome];
  ++statuses_[end.status];
  if (end.billed) ++billed_;
  completion_tokens_ += end.completion_tokens;
  ledger_.Ended(visit.number, end);
}

std::string Provider::StatsJson() const {
  const auto counts = [](const auto& map) {
    return absl::StrJoin(map, ",", [](std::string* out, const auto& entry) {
      absl::StrAppend(out, "\"", entry.first, "\":", entry.second);
    });
  };
  return absl::StrCat(
      "{\"calls\":", calls_, ",\"in_flight\":", in_flight_, ",\"in_flight_max\":", in_flight_max_,
      ",\"taken\":", capacity_.taken(), ",\"taken_max\":", taken_max_, ",\"billed\":", billed_,
      ",\"completion_tokens\":", completion_tokens_, ",\"outcomes\":{", counts(outcomes_),
      "},\"statuses\":{", counts(statuses_), "},\"lost_lines\":", ledger_.lost_lines(), "}\n");
}

}  // namespace lull
