#include "server/engine/long_polls.h"

#include <algorithm>
#include <utility>

namespace lull {

void LongPolls::Take(LeaseCall& call, const Round& round) {
  round.engine.Greet(call.request, round.now);
  const bool drain = round.engine.IsDraining(call.request.worker);
  if (drain || IsFull()) {
    return round.answers.Add(std::move(call.done), LeaseReply{{}, drain});
  }
  const absl::Duration until = round.now.steady + call.request.wait;
  leases_.push_back({std::move(call), until});
}

void LongPolls::Take(AwaitCall& call, const Round& round) {
  const absl::Duration until = round.now.steady + call.request.timeout;
  AwaitUntil(until, call, round);
}

void LongPolls::AwaitUntil(absl::Duration until, AwaitCall& call, const Round& round) {
  AwaitReply reply{round.engine.View(call.request.caller, call.request.job, round.now)};
  if (!reply.live || until <= round.now.steady || IsFull()) {
    return round.answers.Add(std::move(call.done), std::move(reply));
  }
  awaits_.Park(std::move(call), until);
}

void LongPolls::Serve(const Round& round) {
  AnswerDueAwaits(round);
  OfferWork(round);
}

void LongPolls::AnswerDueAwaits(const Round& round) {
  for (auto& [call, until] :
       awaits_.TakeDue(round.closing ? absl::InfiniteDuration() : round.now.steady)) {
    AwaitReply reply;
    if (!IsWithdrawn(call.request.withdrawn)) {
      reply.live = round.engine.View(call.request.caller, call.request.job, round.now);
    }
    round.answers.Add(std::move(call.done), std::move(reply));
  }
}

void LongPolls::OfferWork(const Round& round) {
  // A poll like one that was given nothing in this round is given nothing either.
  std::vector<const LeaseRequest*> refused;
  for (auto poll = leases_.begin(); poll != leases_.end();) {
    const LeaseRequest& request = poll->call.request;
    const bool withdrawn = IsWithdrawn(request.withdrawn);
    const bool hopeless = withdrawn || round.closing || !round.grants ||
                          !round.engine.HasReady(round.now) ||
                          std::any_of(refused.begin(), refused.end(), [&](const LeaseRequest* r) {
                            return r->credentials == request.credentials && r->tags == request.tags;
                          });
    LeaseReply reply;
    if (!hopeless) {
      reply = round.engine.Offer(request, round.now);
      if (reply.grants.empty()) refused.push_back(&request);
    }
    reply.drain = round.engine.IsDraining(request.worker);
    if (reply.grants.empty() && !withdrawn && !round.closing && !reply.drain &&
        poll->until > round.now.steady) {
      ++poll;
      continue;
    }
    std::erase(refused, &request);
    round.answers.Add(std::move(poll->call.done), std::move(reply));
    poll = leases_.erase(poll);
  }
}

void LongPolls::AnswerEnded(const std::vector<JobNumber>& jobs) {
  for (JobNumber job : jobs) {
    for (AwaitCall& call : awaits_.TakeJob(job)) call.done(AwaitReply());
  }
}

void LongPolls::AskAgain(const Round& round) {
  for (const ParkedLease& poll : leases_) round.engine.Greet(poll.call.request, round.now);
  for (auto& [call, until] : awaits_.TakeDue(absl::InfiniteDuration())) {
    AwaitUntil(until, call, round);
  }
}

void LongPolls::GiveUp(absl::Duration steady_until, const absl::Status& status) {
  for (auto poll = leases_.begin(); poll != leases_.end();) {
    if (poll->until > steady_until) {
      ++poll;
      continue;
    }
    poll->call.done(LeaseReply());
    poll = leases_.erase(poll);
  }
  for (auto& [call, until] : awaits_.TakeDue(steady_until)) call.done(status);
}

absl::Duration LongPolls::NextDue() const {
  absl::Duration next = awaits_.NextDue();
  for (const ParkedLease& poll : leases_) next = std::min(next, poll.until);
  return next;
}

}  // namespace lull
