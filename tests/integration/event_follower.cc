#include "tests/integration/event_follower.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/job_service.grpc.pb.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr absl::Duration kBetweenStreams = absl::Milliseconds(50);
constexpr size_t kMaxProblems = 5;

std::shared_ptr<grpc::Channel> Connect(const EventFollower::Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(32 << 20);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (options.small_window) {
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 << 10);
  }
  return grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
}

// "" where the error does not say.
std::string MetadataOf(const grpc::Status& status, const std::string& key) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    const auto found = info.metadata().find(key);
    if (found != info.metadata().end()) return found->second;
  }
  return "";
}

}  // namespace

struct EventFollower::Stream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::WatchJobsResponse>> reader;
};

uint64_t EventFollower::Digest(const std::string& job_id, int64_t seq, v1::JobEventType type,
                               v1::JobState state) {
  uint64_t hash = 14695981039346656037u;
  const auto add = [&hash](uint64_t byte) { hash = (hash ^ byte) * 1099511628211u; };
  for (char c : job_id) add(static_cast<unsigned char>(c));
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<uint64_t>(seq) >> shift & 0xff);
  add(static_cast<uint64_t>(type));
  add(static_cast<uint64_t>(state));
  return hash;
}

EventFollower::EventFollower(Options options) : options_(std::move(options)) {
  if (!options_.begin_with_snapshot) resume_after_ = 0;
  thread_ = std::thread([this] { Run(); });
}

EventFollower::~EventFollower() { EXPECT_FALSE(thread_.joinable()) << "not stopped"; }

void EventFollower::Wake() {
  MutexLock lock(mutex_);
  asleep_ = false;
  woken_.SignalAll();
}

void EventFollower::Stop() {
  stopping_ = true;
  Wake();
  {
    MutexLock lock(mutex_);
    if (stream_ != nullptr) stream_->context.TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

void EventFollower::AwaitWake() {
  MutexLock lock(mutex_);
  while (asleep_) woken_.Wait(mutex_);
}

void EventFollower::Run() {
  const auto stub = v1::JobService::NewStub(Connect(options_));
  while (!stopping_) {
    v1::WatchJobsRequest request;
    *request.mutable_create_labels() = options_.labels;
    if (resume_after_ >= 0) request.set_resume_after(resume_after_);
    Stream stream;
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      stream_ = &stream;
    }
    stream.reader = stub->WatchJobs(&stream.context, request);
    Follow(stream);
    MutexLock lock(mutex_);
    stream_ = nullptr;
  }
}

void EventFollower::Follow(Stream& stream) {
  v1::WatchJobsResponse message;
  // A snapshot that was not finished begins anew.
  if (resume_after_ < 0) told_.snapshot.clear();
  brought_snapshot_ = resume_after_ < 0;
  for (bool first = true; stream.reader->Read(&message); first = false) {
    if (first) ++streams_;
    Take(message);
    ++messages_;
    AwaitWake();
  }
  const grpc::Status status = stream.reader->Finish();
  if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
    int64_t resume_after = -1;
    if (absl::SimpleAtoi(MetadataOf(status, "resume_after"), &resume_after)) {
      ++cut_offs_;
      resume_after_ = resume_after;
    }
  } else if (status.error_code() != grpc::StatusCode::UNAVAILABLE &&
             status.error_code() != grpc::StatusCode::CANCELLED &&
             told_.problems.size() < kMaxProblems) {
    told_.problems.push_back(absl::StrCat("a stream ended with ", status.error_code(), ": ",
                                          std::string(status.error_message())));
  }
  if (!stopping_) Pause(kBetweenStreams);
}

// Whoever resumes from the number of the snapshot is told again what its jobs had taken in by then;
// the stream that brought the snapshot knows better.
bool EventFollower::IsShown(const v1::JobEvent& event) {
  const auto job = told_.snapshot.find(event.job_id());
  if (job == told_.snapshot.end() || event.seq() > job->second.event_seq()) return false;
  if (brought_snapshot_ && told_.problems.size() < kMaxProblems) {
    told_.problems.push_back(absl::StrCat("event ", event.seq(), " was in the snapshot"));
  }
  return true;
}

void EventFollower::Take(const v1::WatchJobsResponse& message) {
  for (const v1::Job& job : message.snapshot().jobs()) {
    const bool first = told_.snapshot.emplace(job.id(), job).second;
    if (!first && told_.problems.size() < kMaxProblems) {
      told_.problems.push_back(absl::StrCat("job ", job.id(), " is in the snapshot twice"));
    }
  }
  if (message.has_synced()) {
    told_.synced = newest_ = resume_after_ = message.synced().seq();
    for (const auto& [id, job] : told_.snapshot) {
      if (job.state() >= v1::JOB_STATE_SUCCEEDED) ++ended_;
    }
  }
  for (const v1::JobEvent& event : message.events().events()) {
    if (IsShown(event)) continue;
    told_.seqs.push_back(event.seq());
    const uint64_t digest = Digest(event.job_id(), event.seq(), event.type(), event.state());
    told_.digest = told_.digest * 31 + digest;
    if (options_.keep_digests) told_.digests.push_back(digest);
    newest_ = resume_after_ = event.seq();
    if (event.type() == v1::JOB_EVENT_TYPE_ENDED) ++ended_;
  }
  events_ += message.events().events_size();
}

}  // namespace lull
