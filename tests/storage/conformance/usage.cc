// Usage is added up by the store, and read in pages.
#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

// Rows of three days, two tenants, two classes, two upstreams and two models, in their order.
std::vector<UsageAdded> ManyRows() {
  std::vector<UsageAdded> rows;
  for (int32_t day : {-1, 0, 20000}) {
    for (const char* tenant : {"a", "b"}) {
      for (const char* class_name : {"batch", "chat"}) {
        for (const char* upstream : {"", "u"}) {
          for (const char* model : {"", "m"}) {
            UsageAdded row = SampleUsage(day);
            row.tenant = tenant;
            row.class_name = class_name;
            row.upstream = upstream;
            row.model = model;
            row.calls = static_cast<int64_t>(rows.size()) + 1;
            rows.push_back(row);
          }
        }
      }
    }
  }
  return rows;
}

}  // namespace

TEST_P(JobStoreConformance, AddsUsageUp) {
  UsageAdded other_model = SampleUsage(20000);
  other_model.model = "";
  ASSERT_TRUE(Apply({SampleUsage(20000), other_model, SampleUsage(20000)}).ok());
  Reopen();
  ASSERT_TRUE(Apply({SampleUsage(20000)}).ok());
  const UsageAdded one = SampleUsage(20000);
  UsageAdded sum = one;
  sum.calls = 3 * one.calls;
  sum.maybe_billed_calls = 3 * one.maybe_billed_calls;
  sum.usage = {3 * one.usage.prompt, 3 * one.usage.cached_prompt, 3 * one.usage.completion,
               3 * one.usage.reasoning};
  EXPECT_TRUE(AllUsage() == (std::vector<UsageAdded>{other_model, sum}));
}

TEST_P(JobStoreConformance, UsageOfAGroupThatFailsIsNotAdded) {
  ASSERT_TRUE(Apply({SampleUsage(1)}).ok());
  ASSERT_FALSE(Apply({SampleUsage(1), LiveChanged{SampleLive(99)}}).ok());
  Recover();
  EXPECT_TRUE(AllUsage() == std::vector<UsageAdded>{SampleUsage(1)});
}

TEST_P(JobStoreConformance, ReadsUsageInOrderInPagesOfAnySize) {
  const std::vector<UsageAdded> rows = ManyRows();
  ASSERT_TRUE(Apply(std::vector<Record>(rows.rbegin(), rows.rend())).ok());
  EXPECT_TRUE(AllUsage() == rows);
  const auto reader = NewReader();
  for (int max : {1, 2, 7, 47, 48, 100}) {
    JobReader::UsageQuery query;
    query.first_day = std::numeric_limits<int32_t>::min();
    query.last_day = std::numeric_limits<int32_t>::max();
    query.max = max;
    std::vector<UsageAdded> read;
    while (read.size() <= rows.size()) {
      const auto page = reader->ReadUsage(query);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->size(), static_cast<size_t>(max));
      if (page->empty()) break;
      read.insert(read.end(), page->begin(), page->end());
      query.after = read.back();
    }
    EXPECT_TRUE(read == rows) << max;
  }
}

TEST_P(JobStoreConformance, ReadsUsageOfADayATenantAndAClass) {
  const std::vector<UsageAdded> rows = ManyRows();
  ASSERT_TRUE(Apply(std::vector<Record>(rows.begin(), rows.end())).ok());
  const auto reader = NewReader();
  for (int32_t first : {-2, -1, 0, 20000, 20001}) {
    for (int32_t last : {-2, -1, 0, 20000, 20001}) {
      for (const char* tenant : {"", "a", "b", "c"}) {
        for (const char* class_name : {"", "batch", "other"}) {
          JobReader::UsageQuery query;
          query.first_day = first;
          query.last_day = last;
          query.tenant = tenant;
          query.class_name = class_name;
          query.max = 100;
          std::vector<UsageAdded> expected;
          for (const UsageAdded& row : rows) {
            if (row.day >= first && row.day <= last && (*tenant == 0 || row.tenant == tenant) &&
                (*class_name == 0 || row.class_name == class_name)) {
              expected.push_back(row);
            }
          }
          const auto read = reader->ReadUsage(query);
          ASSERT_TRUE(read.ok()) << read.status();
          EXPECT_TRUE(*read == expected) << first << " " << last << " " << tenant;
        }
      }
    }
  }
}

}  // namespace lull
