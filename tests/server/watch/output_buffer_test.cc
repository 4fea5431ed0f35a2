#include "server/watch/output_buffer.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

std::shared_ptr<const std::string> Piece(size_t size) {
  return std::make_shared<const std::string>(size, 'x');
}

TEST(OutputBuffer, GivesThePiecesInTheirOrder) {
  OutputBuffer buffer;
  EXPECT_EQ(buffer.Take(), nullptr);
  EXPECT_TRUE(buffer.Put(1, Piece(10)));
  EXPECT_TRUE(buffer.Put(2, Piece(20)));
  EXPECT_EQ(buffer.Take()->size(), 10u);
  EXPECT_EQ(buffer.Take()->size(), 20u);
  EXPECT_EQ(buffer.Take(), nullptr);
}

TEST(OutputBuffer, DropsWhatDoesNotFitAndTakesMoreWhenThereIsRoom) {
  OutputBuffer buffer;
  const size_t quarter = OutputBuffer::kMaxBytes / 4;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(buffer.Put(1, Piece(quarter)));
  EXPECT_FALSE(buffer.Put(1, Piece(1)));
  buffer.Take();
  EXPECT_TRUE(buffer.Put(1, Piece(quarter)));

  OutputBuffer many;
  for (int64_t i = 0; i < OutputBuffer::kMaxPieces; ++i) EXPECT_TRUE(many.Put(1, Piece(0)));
  EXPECT_FALSE(many.Put(1, Piece(0)));
}

TEST(OutputBuffer, NothingFollowsTheEndOfAJob) {
  OutputBuffer buffer;
  EXPECT_TRUE(buffer.Put(1, Piece(1)));
  EXPECT_FALSE(buffer.End(1)) << "a piece waits";
  EXPECT_TRUE(buffer.End(2));
  buffer.Take();
  EXPECT_TRUE(buffer.End(1));
  EXPECT_FALSE(buffer.Put(1, Piece(1)));
  EXPECT_FALSE(buffer.Put(2, Piece(1)));
  EXPECT_TRUE(buffer.Put(3, Piece(5)));
  EXPECT_TRUE(buffer.Put(4, Piece(6)));
  buffer.Drop(3);
  EXPECT_FALSE(buffer.Put(3, Piece(1)));
  EXPECT_EQ(buffer.Take()->size(), 6u);
}

}  // namespace
}  // namespace lull
