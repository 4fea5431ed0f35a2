// Tab completion as a person has it: the real shells, on terminals, with the script that the
// program prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/program.h"
#include "tests/tools/lull/pty_program.h"

namespace lull {
namespace {

struct Shell {
  const char* name;
  std::vector<std::string> argv;
  // Makes the shell complete, then shows what `lull` would have been given instead of running it.
  std::string setup;
};

std::vector<Shell> Shells() {
  const std::string lull = DataPath("tools/lull/lull");
  return {
      {"bash",
       {"/bin/bash", "--norc", "--noprofile", "-i"},
       absl::StrCat("bind 'set bell-style none'; source <(", lull,
                    " completion bash); lull() { printf '<%s>' \"$@\"; echo; }; echo set''up\n")},
      {"zsh",
       {"/usr/bin/zsh", "-f", "-i"},
       absl::StrCat("autoload -Uz compinit; compinit -u -D; source <(", lull,
                    " completion zsh); lull() { printf '<%s>' \"$@\"; echo; }; echo set''up\n")},
      {"fish",
       {"/usr/bin/fish", "--no-config", "-i"},
       absl::StrCat(lull,
                    " completion fish | source; function lull; printf '<%s>' $argv; echo; end; "
                    "echo set''up\n")},
  };
}

class CompletionTest : public testing::TestWithParam<Shell> {
 protected:
  CompletionTest()
      : shell_(GetParam().argv, {"HOME=" + ScratchPath("home"), "PS1=$ ", "LC_ALL=C.UTF-8"}) {}

  void SetUp() override {
    if (access(GetParam().argv[0].c_str(), X_OK) != 0) {
      GTEST_SKIP() << GetParam().argv[0] << " is not installed: tools/install_packages test";
    }
    WriteScratch("home.keep", "");
    shell_.Type(GetParam().setup);
    ASSERT_TRUE(shell_.WaitFor("setup\r\n")) << shell_.screen();
  }

  // Types the text and a tab, then runs the line: what it has become.
  testing::AssertionResult Becomes(const std::string& typed, const std::string& wanted) {
    shell_.Type(typed + "\t");
    // Typed behind the completion, so that it tells where that ended.
    shell_.Type("\n");
    if (shell_.WaitFor(wanted + "\r\n")) return testing::AssertionSuccess();
    return testing::AssertionFailure() << typed << " does not become " << wanted << "\n"
                                       << shell_.screen();
  }

  PtyProgram shell_;
};

TEST_P(CompletionTest, CompletesCommandsOptionsAndValues) {
  EXPECT_TRUE(Becomes("lull ups", "<upstreams>"));
  EXPECT_TRUE(Becomes("lull classes res", "<classes><resume>"));
  EXPECT_TRUE(Becomes("lull list --sta", "<list><--state>"));
  EXPECT_TRUE(Becomes("lull list --state fa", "<list><--state><failed>"));
  EXPECT_TRUE(Becomes("lull get x -o js", "<get><x><-o><json>"));
  EXPECT_TRUE(Becomes("lull completion fi", "<completion><fish>"));
}

TEST_P(CompletionTest, TakesNoValueForACommand) {
  // "batch" is a command, but here it is the name of a class.
  EXPECT_TRUE(Becomes("lull --server batch list --class batch --lim",
                      "<--server><batch><list><--class><batch><--limit>"));
}

TEST_P(CompletionTest, CompletesFileNamesWhereAFileIsMeant) {
  const std::string file = WriteScratch("requests-for-completion.jsonl", "");
  const std::string typed = file.substr(0, file.size() - 10);
  EXPECT_TRUE(Becomes("lull submit " + typed, absl::StrCat("<submit><", file, ">")));
  EXPECT_TRUE(Becomes("lull up --config " + typed, absl::StrCat("<up><--config><", file, ">")));
}

INSTANTIATE_TEST_SUITE_P(Shells, CompletionTest, testing::ValuesIn(Shells()),
                         [](const auto& shell) { return shell.param.name; });

}  // namespace
}  // namespace lull
