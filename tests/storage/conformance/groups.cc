// A group is kept whole or not at all, and a record that contradicts what is stored is refused.
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

std::vector<Event> OneEvent() { return {MakeEvent(1, EventKind::kCreated)}; }

}  // namespace

TEST_P(JobStoreConformance, StartsEmptyAtTheFirstNumbers) {
  EXPECT_EQ(recovered_.next_job, 1);
  EXPECT_EQ(recovered_.next_event, 1);
  EXPECT_GE(recovered_.epoch, 1);
  EXPECT_TRUE(Live().empty());
  EXPECT_TRUE(Keys().empty());
  EXPECT_TRUE(SmallStates().empty());
  const auto events = NewReader()->ReadEvents(1, 10);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_TRUE(events->empty());
}

TEST_P(JobStoreConformance, AcceptsAnEmptyGroup) { EXPECT_TRUE(Apply({}).ok()); }

TEST_P(JobStoreConformance, KeepsNothingOfAGroupWithABadRecordInTheMiddle) {
  ASSERT_TRUE(Apply({CreateRecord(1), SmallState{"kind", "key", "before"}}).ok());
  const absl::Status status = Apply(
      {CreateRecord(2), KeyAdded{{1, 2}, 3, 2, SampleTime()}, SmallState{"kind", "key", "after"},
       LiveChanged{SampleLive(99)}, SampleEnded(1), CreateRecord(3)},
      OneEvent());
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_NE(status.message().find("99"), std::string::npos) << status;

  Recover();
  EXPECT_EQ(recovered_.next_job, 2);
  EXPECT_EQ(recovered_.next_event, 1);
  EXPECT_FALSE(Exists(2));
  EXPECT_FALSE(Exists(3));
  ASSERT_EQ(Live().size(), 1u);
  EXPECT_TRUE(absl::IsNotFound(NewReader()->ReadEnded(1, false).status()));
  EXPECT_TRUE(Keys().empty());
  ASSERT_EQ(SmallStates().size(), 1u);
  EXPECT_EQ(SmallStates()[0].value, "before");
  const auto events = NewReader()->ReadEvents(1, 10);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_TRUE(events->empty());
}

TEST_P(JobStoreConformance, RefusesAllWritesAfterAFailedGroupUntilRecovered) {
  ASSERT_FALSE(Apply({LiveChanged{SampleLive(99)}}).ok());
  EXPECT_EQ(Apply({CreateRecord(1)}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->Tidy().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->LoadLive([](LiveState) {}).code(), absl::StatusCode::kUnavailable);
  Recover();
  EXPECT_TRUE(Apply({CreateRecord(1)}).ok());
  EXPECT_TRUE(Exists(1));
}

TEST_P(JobStoreConformance, RefusesAGroupOfAnotherEpoch) {
  Group group = NextGroup();
  group.records = {CreateRecord(1)};
  for (int64_t wrong : {int64_t{-1}, int64_t{1}}) {
    group.epoch = recovered_.epoch + wrong;
    const absl::Status status = store_->ApplyGroup(group);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    Recover();
    EXPECT_FALSE(Exists(1));
  }
}

TEST_P(JobStoreConformance, EachRecoveryRaisesTheEpochAndKeepsTheInstance) {
  const JobStore::Recovered first = recovered_;
  Recover();
  EXPECT_EQ(recovered_.epoch, first.epoch + 1);
  Reopen();
  EXPECT_EQ(recovered_.epoch, first.epoch + 2);
  EXPECT_EQ(recovered_.instance, first.instance);
}

TEST_P(JobStoreConformance, TwoStoresHaveDifferentInstances) {
  const uint64_t first = recovered_.instance;
  store_.reset();
  data_dir_ += "-other";
  Reopen();
  EXPECT_NE(recovered_.instance, first);
}

TEST_P(JobStoreConformance, RefusesASecondOutcomeAndKeepsTheFirst) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  ASSERT_TRUE(Apply({SampleEnded(1)}).ok());
  JobEnded second = SampleEnded(1);
  second.state = JobState::kFailed;
  EXPECT_EQ(Apply({second}).code(), absl::StatusCode::kInternal);
  Recover();
  const auto read = NewReader()->ReadEnded(1, true);
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectEqual(*read, SampleEnded(1));
}

TEST_P(JobStoreConformance, RefusesASecondOutcomeWithinOneGroup) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  EXPECT_EQ(Apply({SampleEnded(1), SampleEnded(1)}).code(), absl::StatusCode::kInternal);
  Recover();
  EXPECT_EQ(Live().size(), 1u);
}

TEST_P(JobStoreConformance, RefusesAnOutcomeOfAnUnknownJob) {
  EXPECT_EQ(Apply({SampleEnded(1)}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, RefusesAnOutcomeThatIsNotFinal) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  JobEnded ended = SampleEnded(1);
  ended.state = JobState::kRunning;
  EXPECT_EQ(Apply({ended}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, RefusesAChangeOfAJobThatHasEnded) {
  ASSERT_TRUE(Apply({CreateRecord(1), SampleEnded(1)}).ok());
  EXPECT_EQ(Apply({LiveChanged{SampleLive(1)}}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, RefusesALiveStateThatIsFinal) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  LiveState live = SampleLive(1);
  live.state = JobState::kSucceeded;
  EXPECT_EQ(Apply({LiveChanged{live}}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, RefusesAJobNumberThatWasGivenBefore) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(5)}).ok());
  for (JobNumber used : {JobNumber{1}, JobNumber{3}, JobNumber{5}}) {
    JobSpec spec = SampleSpec(used);
    spec.id = SampleId(1000 + used);
    EXPECT_EQ(Apply({CreateRecord(spec)}).code(), absl::StatusCode::kInternal) << used;
    Recover();
  }
}

TEST_P(JobStoreConformance, RefusesAJobIdThatWasGivenBefore) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  JobSpec spec = SampleSpec(2);
  spec.id = SampleId(1);
  EXPECT_EQ(Apply({CreateRecord(spec)}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, RefusesAJobWithoutASpecOrWithAnothersLiveState) {
  EXPECT_EQ(Apply({JobCreated{nullptr, SampleLive(1)}}).code(), absl::StatusCode::kInternal);
  Recover();
  JobCreated created = CreateRecord(1);
  created.live.number = 2;
  EXPECT_EQ(Apply({created}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, RefusesEventsThatWouldLeaveAGapOrOverlap) {
  ASSERT_TRUE(Apply({}, OneEvent()).ok());
  for (EventNumber wrong : {EventNumber{1}, EventNumber{3}}) {
    Group group = NextGroup();
    group.first_event = wrong;
    group.events = OneEvent();
    EXPECT_EQ(store_->ApplyGroup(group).code(), absl::StatusCode::kInternal) << wrong;
    Recover();
  }
  EXPECT_TRUE(Apply({}, OneEvent()).ok());
}

TEST_P(JobStoreConformance, AppliesAWholeLifeWithinOneGroup) {
  ASSERT_TRUE(Apply({CreateRecord(1), LiveChanged{SampleLive(1)}, SampleEnded(1)}).ok());
  EXPECT_TRUE(Live().empty());
  EXPECT_TRUE(NewReader()->ReadEnded(1, true).ok());
}

TEST_P(JobStoreConformance, CountsCommits) {
  const int64_t before = store_->GetStats().commits;
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  ASSERT_TRUE(Apply({CreateRecord(2)}).ok());
  EXPECT_EQ(store_->GetStats().commits, before + 2);
}

TEST_P(JobStoreConformance, TidyComesToAnEndAndLosesNothing) {
  for (JobNumber job = 1; job <= 50; ++job) {
    JobSpec spec = SampleSpec(job);
    spec.body = MakeBytes(std::string(200 * 1000, static_cast<char>('a' + job % 26)));
    spec.body = MakeBytes(*spec.body + std::to_string(job));
    ASSERT_TRUE(Apply({CreateRecord(spec)}).ok());
  }
  int rounds = 0;
  while (true) {
    const auto more = store_->Tidy();
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) break;
    ASSERT_LT(++rounds, 100);
  }
  EXPECT_EQ(Live().size(), 50u);
  EXPECT_TRUE(Exists(50));
}

}  // namespace lull
