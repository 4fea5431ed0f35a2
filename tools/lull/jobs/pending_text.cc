#include "tools/lull/jobs/pending_text.h"

namespace lull {
namespace {

struct Text {
  v1::PendingReason reason;
  const char* words;
  const char* sentence;
  const char* advice;
};

constexpr Text kTexts[] = {
    {v1::PENDING_REASON_UNSPECIFIED, "about to start", "Nothing holds it; it is about to start.",
     "Nothing."},
    {v1::PENDING_REASON_SCHEDULED, "scheduled", "Its schedule time has not come.",
     "Nothing: it starts then. To have it sooner, cancel it and submit it without --schedule."},
    {v1::PENDING_REASON_BACKOFF, "backoff", "An attempt failed, and it waits before the next one.",
     "Nothing: it goes on by itself. The attempts below say what went wrong."},
    {v1::PENDING_REASON_QUIET_HOURS, "quiet hours", "It is held until quiet hours begin.",
     "Wait; or move it to a class without quiet hours: lull update JOB --class NAME."},
    {v1::PENDING_REASON_PRIORITY, "others first", "Other jobs are before it.",
     "Wait; or let it pass: lull update JOB --priority 9. lull top shows what runs."},
    {v1::PENDING_REASON_RATE_LIMIT, "rate limit", "A limit on requests in a window is reached.",
     "Wait for the window to move on; or raise the class's limit in the server's configuration."},
    {v1::PENDING_REASON_TOKEN_LIMIT, "token limit", "A limit on tokens in a window is reached.",
     "Wait for the window to move on; or raise the class's limit in the server's configuration."},
    {v1::PENDING_REASON_CONCURRENCY_LIMIT, "all slots taken",
     "A limit on calls in flight is reached.",
     "Wait for a call to end; or raise the class's concurrency in the server's configuration. "
     "lull top shows the classes."},
    {v1::PENDING_REASON_BUDGET, "budget used up", "A limit on money is reached.",
     "Wait for the next day; or raise the class's budget in the server's configuration."},
    {v1::PENDING_REASON_CLASS_PAUSED, "class paused", "An operator has paused its class.",
     "Resume the class: lull classes resume NAME."},
    {v1::PENDING_REASON_UPSTREAM_BUSY, "upstream busy",
     "Every upstream that it may use is at its limit or asked for time.",
     "Wait: it starts as soon as one takes calls again. lull upstreams shows the learned limits."},
    {v1::PENDING_REASON_UPSTREAM_DOWN, "upstream down",
     "Every upstream that it may use fails and gets no calls for now.",
     "Look at them: lull upstreams. They are tried again by themselves."},
    {v1::PENDING_REASON_NO_UPSTREAM, "no upstream",
     "No upstream may take it: none serves its model or carries its tags, or those that do are "
     "parked.",
     "Look at the upstreams: lull upstreams. Then correct the model, the tags, the credential or "
     "the account."},
    {v1::PENDING_REASON_NO_WORKER, "no worker",
     "No worker that holds the credential it needs is asking for jobs.",
     "Start a worker with that credential: lull workers shows those that are there, and the names "
     "of the credentials they hold."},
    {v1::PENDING_REASON_DISK_LOW, "server's disk full",
     "The server's disk is nearly full, so it starts no calls.",
     "Free space on the server's disk: it goes on by itself then."},
    {v1::PENDING_REASON_STORE_UNAVAILABLE, "server cannot write",
     "The server cannot write to its store, so it starts no calls.",
     "Look at the server's log and disk: it tries again by itself, and goes on when it can write."},
    {v1::PENDING_REASON_COALESCED, "coalesced",
     "An equal job is running, and its answer will be this job's.", "Nothing."},
    {v1::PENDING_REASON_CHILDREN, "its parts", "It was split and waits for its parts.", "Nothing."},
};

const Text& TextOf(v1::PendingReason reason) {
  for (const Text& text : kTexts) {
    if (text.reason == reason) return text;
  }
  static constexpr Text kUnknown = {v1::PENDING_REASON_UNSPECIFIED, "something newer",
                                    "It waits for something that this program does not know.",
                                    "Update this program: lull version."};
  return kUnknown;
}

}  // namespace

absl::string_view ShortTextOf(v1::PendingReason reason) { return TextOf(reason).words; }
absl::string_view SentenceOf(v1::PendingReason reason) { return TextOf(reason).sentence; }
absl::string_view AdviceOn(v1::PendingReason reason) { return TextOf(reason).advice; }

}  // namespace lull
