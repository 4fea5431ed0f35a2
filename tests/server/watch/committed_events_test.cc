#include "server/watch/committed_events.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/server/watch/event_log.h"

namespace lull {
namespace {

TEST(CommittedEvents, GivesNothingBeforeTheCommitAndThenWhatWasCommitted) {
  EventLog log;
  ASSERT_TRUE(log.events().From(1, 100, log.reader())->empty());
  log.Create();
  ASSERT_TRUE(log.events().From(1, 100, log.reader())->empty());
  log.Commit();
  const auto run = log.events().From(1, 100, log.reader());
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_EQ(run->size(), 1u);
  EXPECT_EQ(run->front()->first(), 1);
  EXPECT_EQ(run->front()->end(), 2);
  EXPECT_EQ(log.events().known_end(), 2);
}

TEST(CommittedEvents, FindsInTheStoreWhatARecoveryFoundOnDisk) {
  EventLog log;
  log.Create();
  log.Commit();
  log.Create();
  log.Commit(/*told=*/false);  // its commit failed, as far as the engine knows
  EXPECT_TRUE(log.events().From(3, 100, log.reader())->empty());
  log.events().OnRecovered();
  ASSERT_EQ(log.events().From(2, 100, log.reader())->size(), 1u);
  log.Create();
  log.Commit();
  for (EventNumber from = 1; from <= 3; ++from) {
    const auto run = log.events().From(from, 100, log.reader());
    ASSERT_EQ(run->size(), 1u) << from;
    EXPECT_LE(run->front()->first(), from);
    EXPECT_GT(run->front()->end(), from);
  }
  EXPECT_TRUE(log.events().From(4, 100, log.reader())->empty());
}

TEST(CommittedEvents, WatchersOfTheSamePageShareIt) {
  EventLog log;
  for (int i = 0; i < 30; ++i) log.Create();
  log.Commit(/*told=*/true, /*keep=*/false);
  const auto first = log.events().From(3, 100, log.reader());
  const auto second = log.events().From(17, 100, log.reader());
  ASSERT_EQ(first->size(), 1u);
  EXPECT_EQ(first->front(), second->front());
}

TEST(CommittedEvents, KeepsNothingWhileNobodyWatches) {
  EventLog log;
  log.Create();
  log.Commit(/*told=*/true, /*keep=*/false);
  EXPECT_EQ(log.events().identities().size(), 0);
  EXPECT_EQ(log.events().known_end(), 2);
}

TEST(CommittedEvents, WhatWasCommittedWhileNobodyWatchedIsFoundFromTheEndOfWhatIsKept) {
  EventLog log;
  log.Create();
  log.Commit();
  log.Create();
  log.Commit(/*told=*/true, /*keep=*/false);
  const auto run = log.events().From(2, 100, log.reader());
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_EQ(run->size(), 1u);
  EXPECT_EQ(run->front()->end(), 3);
}

TEST(JobIdentities, KeepTheLatestUsedAndReadTheOthersAgain) {
  CommittedEvents::Limits limits;
  limits.max_identities = 10;
  EventLog log(limits);
  for (int i = 0; i < 30; ++i) log.Create({{"n", std::to_string(i)}});
  log.Commit();
  JobIdentities& identities = log.events().identities();
  EXPECT_EQ(identities.size(), 10);
  const std::vector<JobNumber> asked = {30, 2, 999, 2, 25};
  const auto found = identities.Get(asked, log.reader());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 5u);
  EXPECT_EQ((*found)[0]->labels[0].second, "29");
  EXPECT_EQ((*found)[1]->labels[0].second, "1");
  EXPECT_EQ((*found)[1]->id_text, log.IdOf(2));
  EXPECT_EQ((*found)[2], nullptr);
  EXPECT_EQ((*found)[3], (*found)[1]);
  EXPECT_EQ(identities.size(), 10);
}

}  // namespace
}  // namespace lull
