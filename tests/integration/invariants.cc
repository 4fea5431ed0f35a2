#include "tests/integration/invariants.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/integration/client_invariants.h"
#include "tests/integration/run_index.h"
#include "tools/busy_api/hash.h"

namespace lull {
namespace {

// As the documents draw it, written down a second time on purpose.
bool IsLegalStep(JobState from, JobState to) {
  switch (from) {
    case JobState::kPending:
      return to != JobState::kPending && to != JobState::kCancelling;
    case JobState::kRunning:
      return to == JobState::kSucceeded || to == JobState::kFailed || to == JobState::kPending ||
             to == JobState::kCancelling;
    case JobState::kCancelling:
      return to == JobState::kCancelled || to == JobState::kExpired || to == JobState::kSucceeded;
    default:
      return false;
  }
}

absl::string_view NameOf(JobState state) {
  static constexpr absl::string_view kNames[] = {"?",         "pending", "running",   "cancelling",
                                                 "succeeded", "failed",  "cancelled", "expired"};
  const auto index = static_cast<size_t>(state);
  return index < std::size(kNames) ? kNames[index] : kNames[0];
}

class Checker {
 public:
  explicit Checker(const RunRecord& run) : run_(run), index_(run) {
    for (const LedgerCall& call : run.calls) {
      calls_by_answer_id_[AnswerId(run.provider_seed, call.number)] = &call;
    }
  }

  Findings Check() {
    CheckClients(run_, index_, &findings_);
    CheckLog();
    for (const StoredJob& job : run_.store.jobs) CheckJob(job);
    CheckCalls();
    CheckSums();
    if (run_.last_server) CheckMetrics(*run_.last_server);
    CheckFiles();
    return std::move(findings_);
  }

 private:
  using Events = std::vector<Event>;

  void Violate(absl::string_view invariant, const std::string& what) {
    findings_.Violate(invariant, what);
  }
  void Count(const std::string& name, int64_t count) { findings_.Count(name, count); }

  void CheckLog() {
    EventNumber expected = 1;
    for (const auto& [number, event] : run_.store.events) {
      if (number != expected) {
        Violate("I11", absl::StrCat("event ", expected, " is followed by ", number));
      }
      expected = number + 1;
    }
    Count("events", static_cast<int64_t>(run_.store.events.size()));
  }

  void CheckJob(const StoredJob& job) {
    const auto found = index_.events.find(job.spec.number);
    const std::string id = job.spec.id.ToString();
    if (found == index_.events.end() || found->second.front().kind != EventKind::kCreated) {
      Violate("I5", absl::StrCat(id, " has no creation"));
      return;
    }
    const Events& events = found->second;
    CheckSteps(id, events);
    const LeaseNumber last_lease = CheckLeases(id, events);
    const bool over = IsTerminal(job.state) && job.ended.has_value();
    if (!over) {
      Violate("I6", absl::StrCat(id, " is still ", NameOf(job.state)));
      return;
    }
    if (events.back().state != job.ended->state || job.state != job.ended->state) {
      Violate("I5", absl::StrCat(id, " is ", NameOf(job.ended->state), " but its last event is ",
                                 NameOf(events.back().state)));
    }
    if (job.ended->dispatch_count != last_lease || last_lease > run_.dispatches_max) {
      Violate("I7", absl::StrCat(id, " was dispatched ", job.ended->dispatch_count, " times of ",
                                 run_.dispatches_max, " with ", last_lease, " grants"));
    }
    if (job.state == JobState::kSucceeded) CheckAnswer(job, last_lease);
    if (job.state == JobState::kCancelled &&
        !std::count(run_.meddling.cancel_asked.begin(), run_.meddling.cancel_asked.end(), id)) {
      Violate("I5", absl::StrCat(id, " is cancelled and nobody asked for it"));
    }
  }

  void CheckSteps(const std::string& id, const Events& events) {
    const auto ends = std::count_if(events.begin(), events.end(), [](const Event& event) {
      return event.kind == EventKind::kEnded || IsTerminal(event.state);
    });
    if (ends > 1) Violate("I5", absl::StrCat(id, " ended ", ends, " times"));
    for (size_t i = 1; i < events.size(); ++i) {
      const bool legal =
          events[i].kind == EventKind::kUpdated
              ? events[i].state == JobState::kPending && events[i - 1].state == JobState::kPending
              : IsLegalStep(events[i - 1].state, events[i].state);
      if (!legal) {
        Violate("I5", absl::StrCat(id, " went from ", NameOf(events[i - 1].state), " to ",
                                   NameOf(events[i].state)));
      }
      if ((events[i].kind == EventKind::kEnded) != IsTerminal(events[i].state)) {
        Violate("I5", absl::StrCat(id, " has an end that is none"));
      }
    }
  }

  LeaseNumber CheckLeases(const std::string& id, const Events& events) {
    LeaseNumber last = 0;
    for (const Event& event : events) {
      if (event.kind != EventKind::kStarted) continue;
      if (event.lease != last + 1 || event.state != JobState::kRunning) {
        Violate("I3", absl::StrCat(id, " got lease ", event.lease, " after ", last));
      }
      last = event.lease;
    }
    grants_ += last;
    return last;
  }

  // I4. Answers carry the hash of what was asked, and their ids tell which call they are from.
  void CheckAnswer(const StoredJob& job, LeaseNumber last_lease) {
    const std::string id = job.spec.id.ToString();
    const std::string body = job.ended->response ? *job.ended->response : "";
    const auto answer = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
    const std::string answer_id = answer.is_object() ? answer.value("id", "") : "";
    const auto call = calls_by_answer_id_.find(answer_id);
    if (call == calls_by_answer_id_.end()) {
      Violate("I4", absl::StrCat(id, " has an answer that no call gave: ", body.substr(0, 80)));
      return;
    }
    if (job.ended->lease != last_lease) {
      Violate("I4", absl::StrCat(id, " ended by lease ", job.ended->lease, " of ", last_lease));
    }
    const std::string own = absl::StrCat(id, "/", job.ended->lease);
    if (call->second->request_id != own) {
      Violate("I4", absl::StrCat(own, " has the answer to ", call->second->request_id));
    }
    const std::string hash = QuestionHash(job.spec.body ? *job.spec.body : "");
    if (call->second->content_hash != hash || !absl::StrContains(body, hash)) {
      Violate("I4", absl::StrCat(id, " has an answer to another question"));
    }
    CountRestarts(job);
  }

  // The leases that were given by one server process and answered to another.
  void CountRestarts(const StoredJob& job) {
    const Event* start = index_.StartOf(job.spec.number, job.ended->lease);
    if (start == nullptr) return;
    answers_across_restart_ += std::any_of(
        run_.server_kills.begin(), run_.server_kills.end(),
        [&](absl::Time kill) { return start->time < kill && kill < job.ended->end_time; });
  }

  // I7.
  void CheckCalls() {
    absl::flat_hash_set<std::string> seen;
    int64_t superseded = 0;
    int64_t of_deleted = 0;
    for (const LedgerCall& call : run_.calls) {
      const auto job = index_.jobs_by_id.find(call.job_id());
      if (job == index_.jobs_by_id.end() && index_.MayBeGone(call.job_id())) {
        ++of_deleted;  // which cannot be told from others' by their number
        continue;
      }
      const Event* start = job == index_.jobs_by_id.end()
                               ? nullptr
                               : index_.StartOf(job->second->spec.number, call.lease());
      if (start == nullptr) {
        Violate("I7", absl::StrCat("the provider was called for ", call.request_id,
                                   ", which was never granted"));
        continue;
      }
      if (call.received < start->time) {
        Violate("I7", absl::StrCat(call.request_id, " was called before it was granted"));
      }
      if (!seen.insert(call.request_id).second) {
        Violate("I7", absl::StrCat(call.request_id, " was called twice"));
      }
      const auto& ended = job->second->ended;
      if (ended && call.outcome == "answered" && ended->lease != call.lease()) ++superseded;
    }
    const int64_t joined = static_cast<int64_t>(run_.calls.size()) - of_deleted;
    if (joined > grants_) Violate("I7", absl::StrCat(joined, " calls for ", grants_, " grants"));
    Count("grants", grants_);
    Count("calls", static_cast<int64_t>(run_.calls.size()));
    Count("answers to superseded leases", superseded);
    Count("answers across a restart of the server", answers_across_restart_);
  }

  // I15. Every created job came from a client, and is in one state.
  void CheckSums() {
    std::map<absl::string_view, int64_t> by_state;
    for (const StoredJob& job : run_.store.jobs) ++by_state[NameOf(job.state)];
    int64_t created = 0;
    for (const auto& [number, event] : run_.store.events)
      created += event.kind == EventKind::kCreated;
    const auto stored = static_cast<int64_t>(run_.store.jobs.size());
    const auto deleted = static_cast<int64_t>(run_.meddling.deleted.size());
    const auto may_be_gone = static_cast<int64_t>(index_.delete_asked.size());
    if (created - stored < deleted || created - stored > may_be_gone) {
      Violate("I15", absl::StrCat(created, " jobs were created, ", deleted, " to ", may_be_gone,
                                  " deleted, and ", stored, " are there"));
    }
    absl::flat_hash_set<std::string> markers;
    for (const Submission& submission : run_.submissions) markers.insert(submission.marker);
    for (const StoredJob& job : run_.store.jobs) {
      if (!markers.contains(RunIndex::MarkerOf(job))) {
        Violate("I15", absl::StrCat(job.spec.id.ToString(), " was submitted by nobody"));
      }
    }
    Count("jobs", stored);
    for (const auto& [state, count] : by_state) Count(absl::StrCat("jobs ", state), count);
  }

  // I15. What the last server counted is what was recorded since.
  void CheckMetrics(const ServerCounts& counts) {
    int64_t created = 0;
    std::map<std::string, int64_t> ended;
    for (const auto& [number, event] : run_.store.events) {
      if (event.time < counts.since) continue;
      created += event.kind == EventKind::kCreated;
      if (event.kind == EventKind::kEnded) ++ended[std::string(NameOf(event.state))];
    }
    if (counts.created != created) {
      Violate("I15",
              absl::StrCat("the metrics count ", counts.created, " jobs created of ", created));
    }
    for (const auto& [state, count] : counts.ended) {
      if (count == ended[state]) continue;
      Violate("I15",
              absl::StrCat("the metrics count ", count, " jobs ", state, " of ", ended[state]));
    }
    if (counts.live != 0) {
      Violate("I15", absl::StrCat("the metrics know of ", counts.live, " live jobs"));
    }
    Count("jobs created since the last restart", created);
  }

  // I17.
  void CheckFiles() {
    for (size_t i = 0; i < run_.integrity.size(); ++i) {
      if (run_.integrity[i] == "ok") continue;
      Violate("I17", absl::StrCat("the store after kill ", i + 1, ": ", run_.integrity[i]));
    }
  }

  const RunRecord& run_;
  const RunIndex index_;
  Findings findings_;
  absl::flat_hash_map<std::string, const LedgerCall*> calls_by_answer_id_;
  int64_t grants_ = 0;
  int64_t answers_across_restart_ = 0;
};

}  // namespace

void Findings::Violate(absl::string_view invariant, const std::string& what) {
  if (++violated[std::string(invariant)] > kViolationsMax) return;
  violations.push_back(absl::StrCat(invariant, ": ", what));
}

int64_t Findings::Count(const std::string& name) const {
  for (const auto& [known, count] : counts) {
    if (known == name) return count;
  }
  return -1;
}

std::string Findings::Table() const {
  std::string table;
  for (const auto& [name, count] : counts)
    absl::StrAppendFormat(&table, "  %-52s %8d\n", name, count);
  return table;
}

std::string QuestionHash(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains("messages") ? Sha256Hex(json["messages"].dump()) : "";
}

std::string AnswerId(uint64_t provider_seed, uint64_t call) {
  return absl::StrCat("chatcmpl-",
                      absl::Hex(SeededHash(provider_seed, "id", call), absl::kZeroPad16));
}

Findings CheckInvariants(const RunRecord& run) { return Checker(run).Check(); }

}  // namespace lull
