#include "server/engine/dense_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

namespace lull {
namespace {

struct Entry {
  uint32_t key = 0;
  uint32_t value = 0;  // 0: empty
  // Few values, so that most entries stand far from home.
  uint32_t hash() const { return HashOf(key); }
  bool empty() const { return value == 0; }
  static uint32_t HashOf(uint32_t key) { return key % 7 * 0x24924924U; }
};

class DenseTableTest : public testing::Test {
 protected:
  Entry* Find(uint32_t key) {
    return table_.Find(Entry::HashOf(key), [key](const Entry& entry) { return entry.key == key; });
  }
  DenseTable<Entry> table_;
};

TEST_F(DenseTableTest, FindsNothingWhileEmpty) {
  EXPECT_EQ(Find(1), nullptr);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(DenseTableTest, HoldsWhatAMapHoldsThroughRandomInsertsAndErasures) {
  std::map<uint32_t, uint32_t> model;
  std::mt19937 random(1);
  for (int step = 0; step < 20000; ++step) {
    const uint32_t key = random() % 300;
    if (Entry* entry = Find(key)) {
      ASSERT_EQ(entry->value, model.at(key));
      // Grows for a while, then empties.
      if (random() % 100 < (step / 4000 % 2 == 0 ? 20 : 80)) {
        table_.Erase(entry);
        model.erase(key);
      }
    } else {
      ASSERT_FALSE(model.contains(key));
      model[key] = static_cast<uint32_t>(step) + 1;
      table_.Insert({key, model[key]});
    }
    ASSERT_EQ(table_.size(), model.size());
  }
  for (uint32_t key = 0; key < 300; ++key) {
    Entry* entry = Find(key);
    ASSERT_EQ(entry != nullptr, model.contains(key)) << key;
    if (entry == nullptr) continue;
    EXPECT_EQ(entry->value, model.at(key));
  }
}

TEST_F(DenseTableTest, ClosesUpAcrossTheEndOfTheArray) {
  // All at home in the last places, so that they go on from the first.
  for (uint32_t i = 0; i < 10; ++i) table_.Insert({6 + 7 * i, 1});
  for (uint32_t i = 0; i < 10; i += 2) table_.Erase(Find(6 + 7 * i));
  for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(Find(6 + 7 * i) != nullptr, i % 2 == 1) << i;
}

TEST_F(DenseTableTest, WhatFindGivesCanBeChanged) {
  table_.Insert({3, 1});
  Find(3)->value = 2;
  EXPECT_EQ(Find(3)->value, 2U);
}

TEST_F(DenseTableTest, HoldsAfterALoadWhatWasInserted) {
  for (const uint32_t count : {0, 1, 13, 14, 1000, 4096, 5000}) {
    table_ = {};
    table_.Insert({1000000, 1});
    table_.StartLoad();
    for (uint32_t key = 0; key < count; ++key) table_.Insert({key, key + 1});
    table_.FinishLoad();
    table_.Insert({2000000, 2});
    EXPECT_EQ(table_.size(), count + 2);
    for (uint32_t key = 0; key < count; ++key) {
      ASSERT_NE(Find(key), nullptr) << key;
      EXPECT_EQ(Find(key)->value, key + 1);
    }
    EXPECT_NE(Find(1000000), nullptr);
    EXPECT_NE(Find(2000000), nullptr);
    EXPECT_EQ(Find(3000000), nullptr);
  }
}

}  // namespace
}  // namespace lull
