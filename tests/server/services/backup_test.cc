// Backup over gRPC: progress, the end, and what is refused.
#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using ::testing::ElementsAre;

struct BackupEnd {
  grpc::Status status;
  std::vector<v1::BackupProgress> progress;
};

class BackupTest : public ::testing::Test {
 protected:
  BackupEnd Backup(const std::string& file_name) {
    grpc::ClientContext context;
    TestServer::SetDeadline(&context, absl::Seconds(60));
    v1::BackupRequest request;
    request.set_file_name(file_name);
    const auto stream = server_.admin().Backup(&context, request);
    BackupEnd end;
    v1::BackupProgress progress;
    while (stream->Read(&progress)) end.progress.push_back(progress);
    end.status = stream->Finish();
    return end;
  }

  TestServer server_;
};

TEST_F(BackupTest, WritesACopyAndSaysWhere) {
  server_.MustCreate();
  const BackupEnd end = Backup("mine.db");
  ASSERT_TRUE(end.status.ok()) << end.status.error_message();
  ASSERT_FALSE(end.progress.empty());
  const v1::BackupProgress& last = end.progress.back();
  EXPECT_TRUE(last.done());
  EXPECT_EQ(last.path(), server_.data_dir() + "/backups/mine.db");
  EXPECT_EQ(last.copied_bytes(), last.total_bytes());
  EXPECT_EQ(static_cast<int64_t>(std::filesystem::file_size(last.path())), last.total_bytes());
  for (size_t i = 0; i + 1 < end.progress.size(); ++i) EXPECT_FALSE(end.progress[i].done());
}

TEST_F(BackupTest, NameIsMadeFromTheTimeUnlessGivenAndIsNeverUsedTwice) {
  const BackupEnd end = Backup("");
  ASSERT_TRUE(end.status.ok()) << end.status.error_message();
  EXPECT_EQ(end.progress.back().path(), server_.data_dir() + "/backups/lull-20260105T120000Z.db");
  const BackupEnd again = Backup("");
  EXPECT_EQ(again.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(again.status), "BACKUP_EXISTS");
  EXPECT_TRUE(again.progress.empty());
}

TEST_F(BackupTest, NamesThatLeadElsewhereAreRefused) {
  for (const std::string name : {"../lull.db", "a/b", ".hidden", "a b", "..", "\xc3\xa4.db"}) {
    const BackupEnd end = Backup(name);
    EXPECT_EQ(end.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << name;
    EXPECT_THAT(ViolationsOf(end.status), ElementsAre("file_name")) << name;
  }
  EXPECT_EQ(Backup(std::string(129, 'a')).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(BackupTest, ClientThatGoesAwayDoesNotKeepTheNextFromBeginning) {
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    const auto stream = server_.admin().Backup(&context, v1::BackupRequest());
    context.TryCancel();
    stream->Finish();
  }
  // The last one may not have been given up yet.
  grpc::Status status;
  do {
    status = Backup("after.db").status;
  } while (status.error_code() == grpc::StatusCode::ABORTED);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

}  // namespace
}  // namespace lull
