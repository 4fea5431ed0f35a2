#include "tools/lull/jobs/job_watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/error_text.h"

namespace lull {
namespace {

// How long a server that was never reached is tried: enough for one that restarts.
constexpr absl::Duration kFirstPatience = absl::Seconds(5);

}  // namespace

JobWatch::JobWatch(Client& client, const Interruption& interruption, v1::WatchJobsRequest request,
                   WatchSink& sink)
    : client_(client),
      interruption_(interruption),
      request_(std::move(request)),
      sink_(sink),
      give_up_(SystemClock().Now().steady + kFirstPatience) {}

absl::Status JobWatch::Run() {
  for (;;) {
    heard_ = false;
    absl::Status taken;
    const absl::Status ended = client_.Read<v1::WatchJobsRequest, v1::WatchJobsResponse>(
        kWatchJobs, request_, [&](const v1::WatchJobsResponse& message) {
          taken = Take(message);
          return taken;
        });
    if (!taken.ok()) return taken;
    if (interruption_.stopped()) return absl::CancelledError("interrupted");
    if (ended.ok() && request_.until_terminal()) return absl::OkStatus();
    if (!GoesOn(ended)) return ended;
    if (heard_) pace_.Reset();
    if (interruption_.WaitFor(pace_.Next())) return absl::CancelledError("interrupted");
  }
}

bool JobWatch::GoesOn(const absl::Status& status) {
  const std::string reason = ErrorDetailsOf(status).reason;
  if (ever_heard_ && reason == "EVENTS_GONE") {
    sink_.Say(absl::StrCat("lull: events after ", position(),
                           " are no longer kept; some may be missing. Here is how the jobs are "
                           "now:"));
    request_.clear_resume_after();
    return true;
  }
  const bool cut_off = status.code() == absl::StatusCode::kResourceExhausted;
  if (!status.ok() && !cut_off && !MayPass(status)) return false;
  if (!ever_heard_ && SystemClock().Now().steady > give_up_) return false;
  if (!said_lost_) {
    sink_.Say(absl::StrCat(
        "lull: ", status.ok() ? "the server ended the stream" : ErrorText(status),
        "\nlull: reconnecting",
        request_.has_resume_after() ? absl::StrCat(", to go on after event ", position()) : ""));
  }
  said_lost_ = true;
  return true;
}

absl::Status JobWatch::Take(const v1::WatchJobsResponse& message) {
  if (said_lost_) sink_.Say("lull: connected again");
  said_lost_ = false;
  heard_ = ever_heard_ = true;
  for (const v1::Job& job : message.snapshot().jobs()) LULL_RETURN_IF_ERROR(TakeJob(job));
  if (message.has_synced()) {
    request_.set_resume_after(message.synced().seq());
    seen_.clear();
    LULL_RETURN_IF_ERROR(sink_.OnSynced(message.synced().seq()));
  }
  for (const v1::JobEvent& event : message.events().events()) {
    LULL_RETURN_IF_ERROR(TakeEvent(event));
  }
  return message.has_output() ? sink_.OnOutput(message.output()) : absl::OkStatus();
}

absl::Status JobWatch::TakeJob(const v1::Job& job) {
  const auto [seen, is_new] = seen_.try_emplace(job.id(), job.event_seq());
  if (!is_new && seen->second >= job.event_seq()) return absl::OkStatus();
  seen->second = job.event_seq();
  return sink_.OnJob(job);
}

absl::Status JobWatch::TakeEvent(const v1::JobEvent& event) {
  if (request_.has_resume_after() && event.seq() <= request_.resume_after()) {
    return absl::OkStatus();
  }
  LULL_RETURN_IF_ERROR(sink_.OnEvent(event));
  request_.set_resume_after(event.seq());
  return absl::OkStatus();
}

}  // namespace lull
