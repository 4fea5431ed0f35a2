// What is written comes back as it was.
#include <limits>
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();
constexpr int32_t kGreatest32 = std::numeric_limits<int32_t>::max();
constexpr int32_t kLeast32 = std::numeric_limits<int32_t>::min();

// Chinese, an emoji, a NUL in the middle, quotes, and bytes that are not UTF-8.
const std::string& HardText() {
  static const std::string& text =
      *new std::string(std::string("深度求索 😴 a") + '\0' + "b\n\"'%\xff\xfe");
  return text;
}

template <typename Enum>
std::vector<Enum> AllFromTo(Enum first, Enum last) {
  std::vector<Enum> all;
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
    all.push_back(static_cast<Enum>(i));
  }
  return all;
}

}  // namespace

TEST_P(JobStoreConformance, KeepsEveryFieldOfASpec) { ExpectKept(SampleSpec(1)); }

TEST_P(JobStoreConformance, KeepsASpecOfDefaults) {
  JobSpec spec;
  spec.number = 1;
  ExpectKept(spec);
}

TEST_P(JobStoreConformance, KeepsHardTextInASpec) {
  JobSpec spec = SampleSpec(1);
  spec.tenant = spec.class_name = spec.route_group = spec.method = spec.path = spec.model =
      HardText();
  spec.required_tags = {"", HardText()};
  spec.labels = {{"", HardText()}, {HardText(), ""}};
  spec.body = spec.options = MakeBytes(HardText());
  ExpectKept(spec);
}

TEST_P(JobStoreConformance, KeepsExtremeNumbersAndTimesInASpec) {
  JobSpec spec = SampleSpec(kGreatest - 1);
  spec.priority = kLeast32;
  spec.max_attempts = kGreatest32;
  spec.create_time = absl::InfinitePast();
  spec.schedule_time = absl::InfiniteFuture();
  spec.deadline = absl::FromUnixMicros(-1);
  ExpectKept(spec);
}

TEST_P(JobStoreConformance, KeepsEveryRunWhen) {
  JobNumber number = 1;
  for (RunWhen run_when : AllFromTo(RunWhen::kClassDefault, RunWhen::kQuietHours)) {
    JobSpec spec = SampleSpec(number++);
    spec.run_when = run_when;
    ExpectKept(spec);
  }
}

TEST_P(JobStoreConformance, TellsNoBodyFromAnEmptyOne) {
  JobNumber number = 1;
  for (const Bytes& bytes : {Bytes(), MakeBytes("")}) {
    JobSpec spec = SampleSpec(number);
    spec.body = spec.options = bytes;
    ExpectKept(spec);
    ++number;
  }
}

TEST_P(JobStoreConformance, KeepsBodiesOfAllSizes) {
  const std::string random = Noise(3 * 1000 * 1000);
  const int64_t large = GetParam().large_body_bytes;
  JobNumber number = 1;
  for (int64_t size :
       {int64_t{1}, large - 1, large, large + 1, int64_t{100 * 1000}, int64_t{3 * 1000 * 1000}}) {
    for (const std::string& body : {std::string(static_cast<size_t>(size), 'x'),
                                    random.substr(0, static_cast<size_t>(size))}) {
      SCOPED_TRACE(size);
      JobSpec spec = SampleSpec(number);
      spec.body = MakeBytes(body);
      ExpectKept(spec);
      JobEnded ended = SampleEnded(number);
      ended.response = MakeBytes(body);
      ASSERT_TRUE(Apply({ended}).ok());
      const auto read = NewReader()->ReadEnded(number, true);
      ASSERT_TRUE(read.ok()) << read.status();
      ExpectEqual(read->response, ended.response);
      ++number;
    }
  }
}

TEST_P(JobStoreConformance, LeavesBodiesOutWhenTheyAreNotAskedFor) {
  ASSERT_TRUE(Apply({CreateRecord(1), SampleEnded(1)}).ok());
  const auto reader = NewReader();
  const auto spec = reader->ReadSpec(1, false);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ((*spec)->body, nullptr);
  ExpectEqual((*spec)->options, SampleSpec(1).options);
  const auto ended = reader->ReadEnded(1, false);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->response, nullptr);
  EXPECT_EQ(ended->content_type, SampleEnded(1).content_type);
}

TEST_P(JobStoreConformance, KeepsEveryFieldOfALiveStateWhenCreated) {
  JobCreated created = CreateRecord(1);
  created.live = SampleLive(1);
  ASSERT_TRUE(Apply({created}).ok());
  const std::vector<LiveState> all = Live();
  ASSERT_EQ(all.size(), 1u);
  ExpectEqual(all[0], created.live);
}

TEST_P(JobStoreConformance, KeepsEveryFieldOfALiveStateWhenChanged) {
  LiveState defaults;
  defaults.number = 1;
  ASSERT_TRUE(Apply({JobCreated{CreateRecord(1).spec, defaults}}).ok());
  ExpectKept(SampleLive(1));
  ExpectKept(defaults);
}

TEST_P(JobStoreConformance, TellsChangedLabelsFromThoseAsCreated) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  JobNumber number = 2;
  for (const std::optional<Labels>& labels :
       {std::optional<Labels>(), std::optional<Labels>(Labels{}),
        std::optional<Labels>(Labels{{"", HardText()}, {HardText(), ""}})}) {
    LiveState live = SampleLive(1);
    live.labels = labels;
    ExpectKept(live);
    JobEnded ended = SampleEnded(number++);
    ended.labels = labels;
    ExpectKept(ended);
  }
}

TEST_P(JobStoreConformance, KeepsHardTextAndExtremesInALiveState) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  LiveState live = SampleLive(1);
  live.tenant = live.class_name = live.route_group = live.worker = live.upstream =
      live.attempt_model = HardText();
  live.required_tags = {HardText()};
  live.priority = kLeast32;
  live.request_bytes = kGreatest;
  live.lease = live.event = kGreatest;
  live.avoid_upstreams = 0xffffffff;
  live.total_limit = absl::InfiniteDuration();
  live.create_time = live.not_before = absl::InfiniteFuture();
  live.deadline = absl::InfinitePast();
  live.attempts[0].worker = live.attempts[0].upstream = HardText();
  live.attempts[0].model = live.attempts[0].finish_reason = HardText();
  live.attempts[0].upstream_request_id = HardText();
  live.attempts[0].time_to_first_content = absl::InfiniteDuration();
  live.attempts[0].result_hash = std::numeric_limits<uint64_t>::max();
  live.attempts[0].error = {kLeast32, HardText(), HardText()};
  live.attempts[0].start = absl::InfiniteFuture();
  live.attempts[0].end = absl::InfinitePast();
  live.attempts[0].retry_delay = absl::InfiniteDuration();
  live.attempts[0].usage = {kGreatest, 0, -1, 1};
  ExpectKept(live);
}

TEST_P(JobStoreConformance, KeepsEveryEnumValueOfALiveState) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  LiveState live = SampleLive(1);
  for (live.state = JobState::kPending; live.state <= JobState::kCancelling;
       live.state = static_cast<JobState>(static_cast<int>(live.state) + 1)) {
    ExpectKept(live);
  }
  live = SampleLive(1);
  for (CancelCause cause : AllFromTo(CancelCause::kNone, CancelCause::kParent)) {
    live.cancel_cause = cause;
    ExpectKept(live);
  }
  for (Outcome outcome : AllFromTo(Outcome::kNone, Outcome::kUnknown)) {
    live.attempts[0].outcome = outcome;
    ExpectKept(live);
  }
  for (OutsideWindow outside : AllFromTo(OutsideWindow::kNo, OutsideWindow::kOptedIn)) {
    live.outside_window = live.attempts[0].outside_window = outside;
    ExpectKept(live);
  }
  for (Billed billed : AllFromTo(Billed::kNo, Billed::kYes)) {
    live.attempts[0].billed = billed;
    ExpectKept(live);
  }
}

TEST_P(JobStoreConformance, KeepsEveryFieldOfAnOutcome) { ExpectKept(SampleEnded(1)); }

TEST_P(JobStoreConformance, KeepsAnOutcomeOfDefaults) {
  JobEnded ended;
  ended.number = 1;
  ExpectKept(ended);
}

TEST_P(JobStoreConformance, KeepsEveryEnumValueOfAnOutcome) {
  JobNumber number = 1;
  for (JobState state : AllFromTo(JobState::kSucceeded, JobState::kExpired)) {
    JobEnded ended = SampleEnded(number++);
    ended.state = state;
    ExpectKept(ended);
  }
  for (CancelCause cause : AllFromTo(CancelCause::kNone, CancelCause::kParent)) {
    JobEnded ended = SampleEnded(number++);
    ended.cancel_cause = cause;
    ExpectKept(ended);
  }
  for (ServedFrom served_from : AllFromTo(ServedFrom::kNowhere, ServedFrom::kTemplate)) {
    JobEnded ended = SampleEnded(number++);
    ended.served_from = served_from;
    ExpectKept(ended);
  }
}

TEST_P(JobStoreConformance, KeepsHardTextAndExtremesInAnOutcome) {
  JobEnded ended = SampleEnded(1);
  ended.tenant = ended.class_name = ended.finish_reason = ended.content_type = ended.route_group =
      ended.response_model = ended.upstream_request_id = HardText();
  ended.error = {kGreatest32, HardText(), HardText()};
  ended.response = MakeBytes(HardText());
  ended.result_hash = std::numeric_limits<uint64_t>::max();
  ended.start_time = absl::InfinitePast();
  ended.create_time = ended.end_time = absl::InfiniteFuture();
  ended.usage = {kGreatest, kGreatest, kGreatest, kGreatest};
  ExpectKept(ended);
}

TEST_P(JobStoreConformance, TellsNoResponseFromAnEmptyOne) {
  JobNumber number = 1;
  for (const Bytes& bytes : {Bytes(), MakeBytes("")}) {
    JobEnded ended = SampleEnded(number++);
    ended.response = bytes;
    ExpectKept(ended);
  }
}

TEST_P(JobStoreConformance, KeepsEveryFieldOfAnEvent) {
  std::vector<Event> events;
  for (EventKind kind : AllFromTo(EventKind::kCreated, EventKind::kEnded)) {
    events.push_back(MakeEvent(kGreatest - static_cast<int>(kind), kind));
  }
  for (JobState state : AllFromTo(JobState::kPending, JobState::kExpired)) {
    events.push_back(MakeEvent(2, EventKind::kUpdated));
    events.back().state = state;
    events.back().lease = 1000 + static_cast<int>(state);
    events.back().upstream = static_cast<int>(state) % 2 == 0 ? "deepseek-1" : HardText();
  }
  for (Outcome outcome : AllFromTo(Outcome::kNone, Outcome::kUnknown)) {
    events.push_back(MakeEvent(3, EventKind::kAttemptFailed));
    events.back().outcome = outcome;
    events.back().time = SampleTime() - absl::Hours(static_cast<int>(outcome));
  }
  for (JobNumber job : {1, 2, 9}) events.push_back(SampleEvent(job));
  for (CancelCause cause : AllFromTo(CancelCause::kNone, CancelCause::kParent)) {
    events.push_back(MakeEvent(4, EventKind::kCancelRequested));
    events.back().cancel_cause = cause;
  }
  for (ServedFrom served_from : AllFromTo(ServedFrom::kNowhere, ServedFrom::kTemplate)) {
    events.push_back(MakeEvent(5, EventKind::kEnded));
    events.back().served_from = served_from;
  }
  for (OutsideWindow outside : AllFromTo(OutsideWindow::kNo, OutsideWindow::kOptedIn)) {
    events.push_back(MakeEvent(6, EventKind::kStarted));
    events.back().outside_window = outside;
    events.back().worker = static_cast<int>(outside) % 2 == 0 ? "worker-2" : HardText();
    events.back().tenant = static_cast<int>(outside) % 2 == 0 ? "tenant-b" : HardText();
    events.back().class_name = HardText();
  }
  events.push_back(SampleEvent(7));
  events.back().retry_delay = absl::InfiniteDuration();
  events.back().error = {kLeast32, HardText(), HardText()};
  events.back().attempt_number = kGreatest32;
  events[0].time = absl::InfinitePast();
  events[1].time = absl::InfiniteFuture();
  ASSERT_TRUE(Apply({}, events).ok());
  // And each by itself, where no other has what it has.
  const size_t in_one_group = events.size();
  for (size_t i = 0; i < in_one_group; ++i) {
    events.push_back(events[i]);
    ASSERT_TRUE(Apply({}, {events[i]}).ok());
  }
  const auto read = NewReader()->ReadEvents(1, 1000);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ((*read)[i].number, static_cast<EventNumber>(i) + 1);
    EXPECT_TRUE((*read)[i].event == events[i]) << i;
  }
}

TEST_P(JobStoreConformance, KeepsKeysInTheOrderTheyWereAdded) {
  std::vector<KeyAdded> keys(5);
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = {{~uint64_t{0} - i, i},
               ~uint64_t{0} - i,
               static_cast<JobNumber>(kGreatest - 9 + i),
               SampleTime() - absl::Seconds(i)};
  }
  keys[3].time = absl::InfinitePast();
  ASSERT_TRUE(Apply({keys[0], keys[1]}).ok());
  ASSERT_TRUE(Apply({keys[2], CreateRecord(7), keys[3]}).ok());
  ASSERT_TRUE(Apply({keys[4]}).ok());
  Reopen();
  const std::vector<KeyAdded> read = Keys();
  ASSERT_EQ(read.size(), keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(read[i].key, keys[i].key) << i;
    EXPECT_EQ(read[i].content, keys[i].content) << i;
    EXPECT_EQ(read[i].job, keys[i].job) << i;
    EXPECT_EQ(read[i].time, keys[i].time) << i;
  }
}

TEST_P(JobStoreConformance, KeepsSmallStatesReplacesAndRemovesThem) {
  ASSERT_TRUE(Apply({SmallState{"pause", "batch", "1"}, SmallState{"pause", HardText(), HardText()},
                     SmallState{"limit", "batch", ""}, SmallState{"limit", "gone", "x"}})
                  .ok());
  ASSERT_TRUE(Apply({SmallState{"pause", "batch", "2"}, SmallState{"limit", "gone", std::nullopt},
                     SmallState{"limit", "never there", std::nullopt}})
                  .ok());
  Reopen();
  std::vector<std::string> found;
  for (const SmallState& state : SmallStates()) {
    ASSERT_TRUE(state.value.has_value());
    found.push_back(state.kind + "/" + state.key + "=" + *state.value);
  }
  EXPECT_EQ(found, (std::vector<std::string>{"limit/batch=", "pause/batch=2",
                                             "pause/" + HardText() + "=" + HardText()}));
}

}  // namespace lull
