#include "tools/busy_api/gzip_bomb.h"

#include <cstdio>
#include <fstream>

#include "gtest/gtest.h"

namespace lull {
namespace {

// What gzip, which checks sums and lengths, makes of the bytes.
std::string Gunzip(const std::string& bytes) {
  const std::string path = ::testing::TempDir() + "/bomb.gz";
  std::ofstream(path, std::ios::binary) << bytes;
  FILE* pipe = popen(("gzip -dc " + path).c_str(), "r");
  std::string out;
  char buffer[64 << 10];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe)) out.append(buffer, size);
  EXPECT_EQ(pclose(pipe), 0) << "gzip must find the file correct";
  return out;
}

std::string Join(const GzipBomb& bomb) {
  std::string bytes = bomb.head;
  for (int64_t i = 0; i < bomb.blocks; ++i) bytes += bomb.block;
  return bytes + bomb.tail;
}

TEST(GzipBombTest, IsACorrectGzipFileOfManyTimesItsSize) {
  const GzipBomb bomb = MakeGzipBomb("{\"a\":", 10 << 20, "1}");
  const std::string bytes = Join(bomb);
  const std::string text = Gunzip(bytes);
  EXPECT_EQ(text.size(), 5 + (10u << 20) + 2);
  EXPECT_EQ(text.substr(0, 6), "{\"a\": ");
  EXPECT_EQ(text.substr(text.size() - 3), " 1}");
  EXPECT_GT(text.size() / bytes.size(), 500u);
}

TEST(GzipBombTest, MayHaveNoFiller) { EXPECT_EQ(Gunzip(Join(MakeGzipBomb("a", 0, "b"))), "ab"); }

}  // namespace
}  // namespace lull
