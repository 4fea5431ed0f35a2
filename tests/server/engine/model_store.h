// What a store holds, as maps: applies an engine's groups and complains of every one that
// contradicts it.
#ifndef LULL_TESTS_SERVER_ENGINE_MODEL_STORE_H_
#define LULL_TESTS_SERVER_ENGINE_MODEL_STORE_H_

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "storage/job_store.h"
#include "storage/record.h"

namespace lull {

class ModelStore {
 public:
  void Apply(const Group& group) {
    ASSERT_EQ(group.epoch, recovered.epoch);
    ASSERT_EQ(group.first_event, recovered.next_event) << "events have a gap";
    for (const Record& record : group.records) {
      std::visit([this](const auto& r) { Put(r); }, record);
    }
    EventNumber number = group.first_event;
    for (const Event& event : group.events) {
      events.push_back(event);
      newest_event[event.job] = number++;
    }
    for (const Event& event : group.events) CheckNewest(event.job);
    recovered.next_event += static_cast<EventNumber>(group.events.size());
  }

  // As a restart does.
  void Reopen() { ++recovered.epoch; }

  JobStore::Recovered recovered{1, 42, 1, 1};
  std::map<JobNumber, std::shared_ptr<const JobSpec>> specs;
  std::map<JobNumber, LiveState> live;
  std::map<JobNumber, JobEnded> ended;
  std::vector<KeyAdded> keys;
  std::map<std::pair<std::string, std::string>, std::string> small;
  std::vector<Event> events;
  std::map<JobNumber, EventNumber> newest_event;
  // By day, tenant, class, upstream, model.
  using UsageKey = std::tuple<int32_t, std::string, std::string, std::string, std::string>;
  std::map<UsageKey, UsageAdded> usage;

 private:
  void CheckNewest(JobNumber job) {
    const auto of_live = live.find(job);
    const EventNumber stored = of_live != live.end() ? of_live->second.event : ended.at(job).event;
    ASSERT_EQ(stored, newest_event[job]) << "job " << job << " does not know its newest event";
  }
  void Put(const JobCreated& record) {
    ASSERT_EQ(record.spec->number, record.live.number);
    ASSERT_TRUE(specs.emplace(record.spec->number, record.spec).second);
    ASSERT_TRUE(live.emplace(record.spec->number, record.live).second);
    recovered.next_job = record.spec->number + 1;
  }
  void Put(const LiveChanged& record) {
    const auto found = live.find(record.live.number);
    ASSERT_NE(found, live.end()) << "a change of job " << record.live.number
                                 << ", which is not live";
    ASSERT_GE(record.live.lease, found->second.lease) << "lease numbers fell";
    found->second = record.live;
  }
  void Put(const JobEnded& record) {
    ASSERT_TRUE(IsTerminal(record.state));
    ASSERT_EQ(live.erase(record.number), 1u)
        << "job " << record.number << " ended, but was not live";
    ASSERT_TRUE(ended.emplace(record.number, record).second) << "a second outcome";
  }
  void Put(const JobDeleted& record) {
    ASSERT_FALSE(live.contains(record.number)) << "job " << record.number << " has not ended";
    specs.erase(record.number);
    ended.erase(record.number);
  }
  void Put(const UsageAdded& record) {
    UsageAdded& sum =
        usage[{record.day, record.tenant, record.class_name, record.upstream, record.model}];
    UsageAdded total = record;
    total.calls += sum.calls;
    total.maybe_billed_calls += sum.maybe_billed_calls;
    total.usage.prompt += sum.usage.prompt;
    total.usage.cached_prompt += sum.usage.cached_prompt;
    total.usage.completion += sum.usage.completion;
    total.usage.reasoning += sum.usage.reasoning;
    sum = total;
  }
  void Put(const KeyAdded& record) { keys.push_back(record); }
  void Put(const SmallState& record) {
    if (record.value) {
      small[{record.kind, record.key}] = *record.value;
    } else {
      ASSERT_EQ(small.erase({record.kind, record.key}), 1u) << record.kind << " " << record.key;
    }
  }
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_MODEL_STORE_H_
