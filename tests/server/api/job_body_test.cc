#include "server/api/job_body.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

std::string Nested(int levels) {
  // The object is the first level.
  const int arrays = levels - 1;
  return absl::StrCat("{\"a\":", std::string(arrays, '['), "1", std::string(arrays, ']'), "}");
}

TEST(JobBody, ReadsModelAndStream) {
  const auto body = ReadJobBody(R"({"messages":[],"model":"deepseek-chat","stream":true})");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->model, "deepseek-chat");
  EXPECT_TRUE(body->stream);
}

TEST(JobBody, WithoutModelThereIsNone) {
  const auto body = ReadJobBody(R"({"stream":false})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->model, std::nullopt);
  EXPECT_FALSE(body->stream);
}

TEST(JobBody, OnlyTheTopLevelCounts) {
  const auto body = ReadJobBody(R"({"tool":{"model":"x","stream":true}})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->model, std::nullopt);
  EXPECT_FALSE(body->stream);
}

TEST(JobBody, EscapesInTheKeyAreSeenThrough) {
  const auto body = ReadJobBody("{\"mod\\u0065l\":\"a\\u00e9\"}");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->model, "a\xc3\xa9");
}

struct Wrong {
  const char* body;
  const char* says;
};
class WrongBody : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongBody, IsRefusedAndSaysWhy) {
  const auto body = ReadJobBody(GetParam().body);
  ASSERT_FALSE(body.ok());
  EXPECT_EQ(body.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(body.status().message().find(GetParam().says), absl::string_view::npos)
      << body.status();
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, WrongBody,
    ::testing::Values(Wrong{"", "not JSON"}, Wrong{"   ", "not JSON"}, Wrong{"{", "not JSON"},
                      Wrong{"{\"a\":1,}", "not JSON"}, Wrong{"{} {}", "not JSON"},
                      Wrong{"{\"a\":\"\xff\"}", "not JSON in UTF-8"}, Wrong{"[]", "not an object"},
                      Wrong{"\"text\"", "not an object"}, Wrong{"null", "not an object"},
                      Wrong{R"({"model":7})", "not a string"},
                      Wrong{R"({"model":null})", "not a string"},
                      Wrong{R"({"model":"a","model":"b"})", "more than one"}));

TEST(JobBody, AStreamIsAskedForByTrueAlone) {
  EXPECT_TRUE(AsksForStream(R"({"stream":true})"));
  EXPECT_TRUE(AsksForStream(R"({"model":"m", "stream" : true })"));
  EXPECT_FALSE(AsksForStream(R"({"stream":false})"));
  EXPECT_FALSE(AsksForStream(R"({"stream":"true"})"));
  EXPECT_FALSE(AsksForStream(R"({"model":"m"})"));
  EXPECT_FALSE(AsksForStream(R"({"messages":[{"content":"\"stream\":true","stream":true}]})"));
}

TEST(JobBody, DepthIsBoundedExactly) {
  EXPECT_TRUE(ReadJobBody(Nested(kMaxJsonDepth)).ok());
  const auto deeper = ReadJobBody(Nested(kMaxJsonDepth + 1));
  ASSERT_FALSE(deeper.ok());
  EXPECT_NE(deeper.status().message().find("at most 128 levels"), absl::string_view::npos)
      << deeper.status();
  EXPECT_FALSE(ReadJobBody(Nested(1'000'000)).ok());
}

}  // namespace
}  // namespace lull
