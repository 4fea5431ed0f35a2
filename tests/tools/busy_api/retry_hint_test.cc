#include "tools/busy_api/retry_hint.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

struct Case {
  const char* form;
  const char* header;  // "" for none
  const char* value;
  const char* body;
};

TEST(RetryHintTest, EachFormIsWrittenItsOwnWay) {
  // A Sunday, 20 ms past the second.
  const absl::Time now = absl::FromUnixMillis(1'792'342'800'020);
  const Case cases[] = {
      {"none", "", "", ""},
      {"retry_after_ms", "retry-after-ms", "1500", ""},
      {"retry_after_s", "retry-after", "2", ""},
      {"retry_after_fraction", "retry-after", "1.5", ""},
      {"retry_after_date", "retry-after", "Sun, 18 Oct 2026 17:00:02 GMT", ""},
      {"ms_retry_after_ms", "x-ms-retry-after-ms", "1500", ""},
      {"body_retry_after", "", "", ",\"retry_after\":1.5"},
      {"google_retry_info", "", "",
       ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
       "\"retryDelay\":\"1.5s\"}]"},
      {"negative", "retry-after", "-5", ""},
      {"absurd", "retry-after", "99999999999999999999", ""},
      {"garbage", "retry-after", "soon", ""},
  };
  for (const Case& c : cases) {
    const auto form = ParseRetryHintForm(c.form);
    ASSERT_TRUE(form.ok()) << c.form;
    HttpHeaders headers;
    AddRetryHeader(*form, absl::Milliseconds(1500), now, &headers);
    if (*c.header == '\0') {
      EXPECT_TRUE(headers.fields().empty()) << c.form;
    } else {
      ASSERT_NE(headers.Find(c.header), nullptr) << c.form;
      EXPECT_EQ(*headers.Find(c.header), c.value) << c.form;
    }
    EXPECT_EQ(RetryBodyMembers(*form, absl::Milliseconds(1500)), c.body) << c.form;
  }
}

TEST(RetryHintTest, UnknownFormNamesThoseThereAre) {
  const auto form = ParseRetryHintForm("maybe");
  EXPECT_EQ(form.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(form.status().message(), "retry_after_ms"));
}

}  // namespace
}  // namespace lull
