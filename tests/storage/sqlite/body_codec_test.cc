#include "storage/sqlite/body_codec.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

constexpr int64_t kAbove = 2048;

TEST(BodyCodecTest, CompressesOnlyAboveTheThreshold) {
  BodyCompressor compressor(kAbove);
  for (size_t size : {0, 1, 2048}) {
    const std::string body(size, 'x');
    const auto packed = compressor.Pack(body);
    ASSERT_TRUE(packed.ok()) << packed.status();
    EXPECT_FALSE(packed->unpacked_size.has_value()) << size;
    EXPECT_EQ(packed->bytes.data(), body.data()) << "not copied";
  }
  const std::string body(2049, 'x');
  const auto packed = compressor.Pack(body);
  ASSERT_TRUE(packed.ok()) << packed.status();
  EXPECT_EQ(packed->unpacked_size, 2049);
  EXPECT_LT(packed->bytes.size(), 100u);
  EXPECT_EQ(*UnpackBody(*packed), body);
}

TEST(BodyCodecTest, LeavesWhatDoesNotShrinkAsItIs) {
  BodyCompressor compressor(kAbove);
  const std::string body = Noise(100000);
  const auto packed = compressor.Pack(body);
  ASSERT_TRUE(packed.ok()) << packed.status();
  EXPECT_FALSE(packed->unpacked_size.has_value());
  EXPECT_EQ(*UnpackBody(*packed), body);
}

TEST(BodyCodecTest, ManyBodiesPassThroughOneCompressor) {
  BodyCompressor compressor(kAbove);
  for (size_t size = 1; size < 20000000; size = size * 3 + 1) {
    const std::string body = Noise(size / 2) + std::string(size / 2, 'y');
    const auto packed = compressor.Pack(body);
    ASSERT_TRUE(packed.ok()) << packed.status();
    const auto unpacked = UnpackBody(*packed);
    ASSERT_TRUE(unpacked.ok()) << unpacked.status();
    EXPECT_TRUE(*unpacked == body) << size;
  }
}

TEST(BodyCodecTest, EveryDamagedByteIsNoticed) {
  BodyCompressor compressor(kAbove);
  const std::string body = Noise(300) + std::string(3000, 'z');
  const PackedBody packed = *compressor.Pack(body);
  ASSERT_TRUE(packed.unpacked_size.has_value());
  for (size_t i = 0; i < packed.bytes.size(); ++i) {
    std::string damaged(packed.bytes);
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    const auto unpacked = UnpackBody({damaged, packed.unpacked_size});
    // A few bits of the frame mean nothing; what comes out is right then.
    if (unpacked.ok()) {
      EXPECT_EQ(*unpacked, body) << i;
    } else {
      EXPECT_EQ(unpacked.status().code(), absl::StatusCode::kDataLoss) << unpacked.status();
    }
  }
}

TEST(BodyCodecTest, ACutBodyIsNoticed) {
  BodyCompressor compressor(kAbove);
  const PackedBody packed = *compressor.Pack(std::string(5000, 'z'));
  for (size_t size = 0; size < packed.bytes.size(); ++size) {
    const auto unpacked = UnpackBody({packed.bytes.substr(0, size), packed.unpacked_size});
    EXPECT_EQ(unpacked.status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(BodyCodecTest, ASizeThatIsNotTheFramesIsRefusedBeforeMemoryIsTaken) {
  BodyCompressor compressor(kAbove);
  const PackedBody packed = *compressor.Pack(std::string(5000, 'z'));
  for (int64_t size : {int64_t{-1}, int64_t{0}, int64_t{4999}, int64_t{5001}, kMaxBodyBytes,
                       kMaxBodyBytes + 1, int64_t{1} << 60}) {
    const auto unpacked = UnpackBody({packed.bytes, size});
    EXPECT_EQ(unpacked.status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

}  // namespace
}  // namespace lull
