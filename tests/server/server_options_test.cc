#include "server/server_options.h"

#include "gtest/gtest.h"
#include "server/config/server_config_file.h"

namespace lull {
namespace {

Retention RetentionOf(const char* yaml) {
  const absl::StatusOr<v1::ServerConfig> config = ParseServerConfig(yaml, "s.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  const absl::StatusOr<ServerOptions> options = ServerOptionsFromConfig(*config);
  EXPECT_TRUE(options.ok()) << options.status();
  return options->engine.retention;
}

TEST(ServerOptions, KeepsFinishedThingsAsTheSchemaSays) {
  const Retention retention = RetentionOf("");
  EXPECT_EQ(retention.finished_jobs, absl::Hours(7 * 24));
  EXPECT_EQ(retention.events, absl::Hours(3 * 24));
  EXPECT_EQ(retention.request_ids, absl::Hours(24));
  EXPECT_EQ(retention.max_finished_bytes, 0);
  EXPECT_TRUE(retention.finished_jobs_of_class.empty());
}

TEST(ServerOptions, KeepsFinishedThingsAsConfigured) {
  const Retention retention = RetentionOf(
      "retention: {finished_jobs: 2h, events: 1h, request_ids: 48h, max_finished_bytes: 1GiB}\n"
      "classes: [{name: a, keep_finished: 1h}, {name: b}]\n");
  EXPECT_EQ(retention.finished_jobs, absl::Hours(2));
  EXPECT_EQ(retention.events, absl::Hours(1));
  EXPECT_EQ(retention.request_ids, absl::Hours(48));
  EXPECT_EQ(retention.max_finished_bytes, 1 << 30);
  ASSERT_EQ(retention.finished_jobs_of_class.size(), 1u);
  EXPECT_EQ(retention.finished_jobs_of_class.at("a"), absl::Hours(1));
}

}  // namespace
}  // namespace lull
