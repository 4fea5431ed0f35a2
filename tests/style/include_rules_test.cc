#include "tests/style/include_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lull {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Check(const std::string& path, const std::string& line) {
  return ForbiddenIncludes({path, {"#ifndef A", line}});
}

TEST(IncludeRulesTest, NoFileOfTheTreeIncludesWhatItMayNot) {
  for (const SourceFile& file : ReadSources()) {
    for (const std::string& forbidden : ForbiddenIncludes(file)) ADD_FAILURE() << forbidden;
  }
}

TEST(IncludeRulesTest, SaysWhereAndWhatIsAllowed) {
  EXPECT_THAT(
      Check("worker/main.cc", "#include \"storage/record.h\""),
      ElementsAre(HasSubstr("worker/main.cc:2: may not include storage/record.h; worker may "
                            "include of the project [base/..., proto, worker/...]")));
}

TEST(IncludeRulesTest, TheEngineMayUseNeitherGrpcNorSqlNorHttpNorTheSystem) {
  for (const char* header :
       {"<grpcpp/grpcpp.h>", "<sqlite3.h>", "<curl/curl.h>", "<unistd.h>",
        "\"base/http/http_server.h\"", "\"proto/job.pb.h\"", "\"storage/sqlite/connection.h\"",
        "\"server/services/job_service.h\""}) {
    EXPECT_FALSE(Check("server/engine/engine.cc", std::string("#include ") + header).empty())
        << header;
    EXPECT_FALSE(Check("server/scheduler/lane.h", std::string("#include ") + header).empty())
        << header;
  }
  EXPECT_THAT(Check("server/engine/engine.cc", "#include <vector>"), IsEmpty());
  EXPECT_THAT(Check("server/engine/engine.cc", "#include \"absl/time/time.h\""), IsEmpty());
  EXPECT_THAT(Check("server/engine/engine.cc", "#include \"server/scheduler/lane.h\""), IsEmpty());
}

TEST(IncludeRulesTest, OnlyOneFileNamesAStorageBackend) {
  const char* backend = "#include \"storage/sqlite/sqlite_job_store.h\"";
  EXPECT_THAT(Check("storage/open_job_store.cc", backend), IsEmpty());
  EXPECT_FALSE(Check("storage/job_id.cc", backend).empty());
  EXPECT_FALSE(Check("server/main.cc", backend).empty());
}

TEST(IncludeRulesTest, AFolderWithoutARuleIsAFault) {
  EXPECT_THAT(Check("tools/new_tool/main.cc", ""), ElementsAre(HasSubstr("has no rule")));
}

}  // namespace
}  // namespace lull
