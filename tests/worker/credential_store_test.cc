#include "worker/credential_store.h"

#include <fstream>
#include <map>
#include <string>

#include "gtest/gtest.h"

namespace lull {
namespace {

using ::testing::TempDir;

class CredentialStoreTest : public testing::Test {
 protected:
  v1::CredentialConfig& Add(const std::string& name, const std::string& origin) {
    v1::CredentialConfig& credential = *config_.add_credentials();
    credential.set_name(name);
    if (!origin.empty()) credential.add_origins(origin);
    return credential;
  }
  absl::StatusOr<CredentialStore> Load() {
    return CredentialStore::Load(config_, [this](const std::string& name) {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    });
  }
  static std::string File(const std::string& name, const std::string& content) {
    const std::string path = TempDir() + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  v1::WorkerConfig config_;
  std::map<std::string, std::string> environment_ = {{"KEY", "k-1"}, {"EMPTY", ""}};
};

TEST_F(CredentialStoreTest, GivesAKeyOnlyToItsOrigins) {
  v1::CredentialConfig& credential = Add("deepseek", "https://API.deepseek.com:443/");
  credential.set_env("KEY");
  credential.add_origins("http://127.0.0.1:8000");
  const CredentialStore store = *Load();
  EXPECT_EQ(store.names(), std::vector<std::string>{"deepseek"});
  EXPECT_EQ(store.KeyFor("deepseek", "https://api.deepseek.com")->Reveal(), "k-1");
  EXPECT_EQ(store.KeyFor("deepseek", "http://127.0.0.1:8000")->Reveal(), "k-1");
  for (const char* other : {"http://api.deepseek.com", "https://api.deepseek.com:8443",
                            "https://evil.example", "https://api.deepseek.com.evil.example", ""}) {
    EXPECT_EQ(store.KeyFor("deepseek", other).status().code(), absl::StatusCode::kPermissionDenied)
        << other;
  }
  EXPECT_EQ(store.KeyFor("other", "https://api.deepseek.com").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(CredentialStoreTest, TheEmptyNameHasAnEmptyKey) {
  const CredentialStore store = *Load();
  EXPECT_TRUE(store.KeyFor("", "https://anywhere.example")->empty());
}

TEST_F(CredentialStoreTest, ReadsTheFirstLineOfAFile) {
  Add("one", "https://h").set_file(File("one", "k-file\r\nsecond line\n"));
  Add("two", "https://h").set_file(File("two", "  k-bare  "));
  const absl::StatusOr<CredentialStore> store = Load();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(store->KeyFor("one", "https://h")->Reveal(), "k-file");
  EXPECT_EQ(store->KeyFor("two", "https://h")->Reveal(), "k-bare");
}

TEST_F(CredentialStoreTest, ReadsSystemdsCredentials) {
  File("from_systemd", "k-systemd\n");
  Add("one", "https://h").set_file("systemd:from_systemd");
  EXPECT_FALSE(Load().ok());
  environment_["CREDENTIALS_DIRECTORY"] = TempDir();
  EXPECT_EQ(Load()->KeyFor("one", "https://h")->Reveal(), "k-systemd");
}

struct BadRow {
  const char* what;
  void (*set)(v1::CredentialConfig&);
  const char* says;
};

TEST_F(CredentialStoreTest, SaysWhatIsWrong) {
  const BadRow rows[] = {
      {"no source", [](v1::CredentialConfig&) {}, "neither \"env\" nor \"file\""},
      {"unset variable", [](v1::CredentialConfig& c) { c.set_env("UNSET"); },
       "\"UNSET\" is not set"},
      {"empty variable", [](v1::CredentialConfig& c) { c.set_env("EMPTY"); }, "the key is empty"},
      {"missing file", [](v1::CredentialConfig& c) { c.set_file("/nonexistent"); }, "/nonexistent"},
      {"empty file", [](v1::CredentialConfig& c) { c.set_file(File("empty", "\n")); }, "is empty"},
      {"long line",
       [](v1::CredentialConfig& c) { c.set_file(File("long", std::string(9000, 'k'))); },
       "longer than 4096"},
      {"spaces", [](v1::CredentialConfig& c) { c.set_file(File("spaces", "a b")); }, "printable"},
      {"an origin with a path",
       [](v1::CredentialConfig& c) {
         c.set_env("KEY");
         c.add_origins("https://h/v1");
       },
       "path"},
      {"an origin that is none",
       [](v1::CredentialConfig& c) {
         c.set_env("KEY");
         c.add_origins("h");
       },
       "https://"},
      {"no origin",
       [](v1::CredentialConfig& c) {
         c.set_env("KEY");
         c.clear_origins();
       },
       "origins"},
  };
  for (const BadRow& row : rows) {
    config_.clear_credentials();
    row.set(Add("bad-one", "https://h"));
    const absl::Status status = Load().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << row.what;
    EXPECT_NE(status.message().find(row.says), absl::string_view::npos)
        << row.what << ": " << status;
    EXPECT_NE(status.message().find("bad-one"), absl::string_view::npos) << row.what;
    EXPECT_EQ(status.message().find("kkkk"), absl::string_view::npos) << row.what;
  }
}

TEST_F(CredentialStoreTest, NamesAreUnique) {
  Add("a", "https://h").set_env("KEY");
  Add("a", "https://i").set_env("KEY");
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lull
