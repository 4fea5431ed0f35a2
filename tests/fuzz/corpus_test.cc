// Replays a fuzzer's corpus, and what is near it, without the fuzzer. The folder is the program's
// argument.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::string folder;

void Try(const std::string& input) {
  EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size()),
            0);
}

TEST(CorpusTest, EveryFileAndWhatIsNearItIsHandled) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    ASSERT_FALSE(input.empty());
    ++files;
    Try(input);
    for (size_t i = 0; i < input.size(); ++i) {
      Try(input.substr(0, i));
      for (const char c : {'\0', '\n', '"', '9', '\xff'}) {
        std::string changed = input;
        changed[i] = c;
        Try(changed);
      }
    }
  }
  EXPECT_GE(files, 3) << folder;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) return 1;
  folder = argv[1];
  return RUN_ALL_TESTS();
}
