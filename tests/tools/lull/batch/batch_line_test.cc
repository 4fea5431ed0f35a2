#include "tools/lull/batch/batch_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<BatchLine> Parse(absl::string_view text) { return BatchLineParser().Parse(text); }

std::string FaultOf(absl::string_view text) {
  const absl::StatusOr<BatchLine> line = Parse(text);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(line.status().message());
}

TEST(BatchLineTest, TakesALineApart) {
  const absl::StatusOr<BatchLine> line = Parse(
      R"({"custom_id":"r1","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}})");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->custom_id, "r1");
  EXPECT_EQ(line->method, "POST");
  EXPECT_EQ(line->url, "/v1/chat/completions");
  EXPECT_EQ(line->body, R"({"model":"m"})");
}

TEST(BatchLineTest, KeepsTheBodyByteForByte) {
  const std::string body =
      R"({ "z" : 1.0 , "model":"m", "a":[1e-7 ,12345678901234567890 ], "t":"\u4f60\n好 }{" })";
  const absl::StatusOr<BatchLine> line =
      Parse(R"({"body":)" + body + R"(  ,"url":"/v1/x","custom_id":"编号 1","method":"POST"})");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->body, body);
  EXPECT_EQ(line->custom_id, "编号 1");
}

TEST(BatchLineTest, ReadsOneLineAfterAnother) {
  BatchLineParser parser;
  for (int i = 0; i < 3; ++i) {
    const std::string id = "r" + std::to_string(i);
    const auto line = parser.Parse(R"({"custom_id":")" + id + R"(","method":"POST","url":"/a",)" +
                                   R"("body":{"model":"m","n":)" + std::to_string(i) + "}}");
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->custom_id, id);
    EXPECT_EQ(line->body, R"({"model":"m","n":)" + std::to_string(i) + "}");
  }
}

TEST(BatchLineTest, NamesEveryFault) {
  EXPECT_THAT(FaultOf(R"({"custom_id":7,"url":"/v1/x","body":[]})"),
              AllOf(HasSubstr("\"custom_id\" has to be a string, not 7"),
                    HasSubstr("\"method\" is missing"), HasSubstr("\"body\" has to be an object")));
}

TEST(BatchLineTest, RefusesWhatIsNoJsonObject) {
  EXPECT_THAT(FaultOf("{\"custom_id\":"), HasSubstr("not JSON"));
  EXPECT_THAT(FaultOf("{\"a\":1} x"), HasSubstr("not JSON"));
  EXPECT_THAT(FaultOf("{\"a\":\"\xff\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(FaultOf("[1]"), HasSubstr("not a JSON object"));
}

TEST(BatchLineTest, RefusesAnEmptyAndATooLongCustomId) {
  const std::string rest = R"(","method":"POST","url":"/a","body":{"model":"m"}})";
  EXPECT_THAT(FaultOf(R"({"custom_id":")" + rest), HasSubstr("has 0 bytes"));
  EXPECT_THAT(FaultOf(R"({"custom_id":")" + std::string(257, 'x') + rest),
              HasSubstr("has 257 bytes"));
  EXPECT_TRUE(Parse(R"({"custom_id":")" + std::string(256, 'x') + rest).ok());
}

TEST(BatchLineTest, RefusesOtherMethodsAndUrls) {
  const std::string head = R"({"custom_id":"r","body":{"model":"m"},)";
  EXPECT_THAT(FaultOf(head + R"("method":"GET","url":"/a"})"), HasSubstr("\"method\" is \"GET\""));
  for (const std::string url :
       {"", "v1/x", "https://example.com/v1", "/a//b", "/a/../b", "/a?b=c", "/a b"}) {
    EXPECT_THAT(FaultOf(absl::StrCat(head, R"("method":"POST","url":")", url, "\"}")),
                HasSubstr(absl::StrCat("\"url\" is \"", url, "\"")));
  }
}

TEST(BatchLineTest, RefusesABodyWithoutAModelOrWithAStream) {
  const std::string head = R"({"custom_id":"r","method":"POST","url":"/a","body":)";
  EXPECT_THAT(FaultOf(head + "{}}"), HasSubstr("body.model"));
  EXPECT_THAT(FaultOf(head + R"({"model":""}})"), HasSubstr("body.model"));
  EXPECT_THAT(FaultOf(head + R"({"model":"m","stream":true}})"), HasSubstr("body.stream"));
  EXPECT_TRUE(Parse(head + R"({"model":"m","stream":false}})").ok());
}

TEST(BatchLineTest, FindsTheCustomIdOfAnAnswer) {
  BatchLineParser parser;
  const auto id = parser.ParseCustomId(R"({"id":"batch_req_1","custom_id":"r1","error":null})");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, "r1");
  EXPECT_FALSE(parser.ParseCustomId(R"({"id":"batch_req_1"})").ok());
  EXPECT_FALSE(parser.ParseCustomId(R"({"custom_id":"r1")").ok());
}

}  // namespace
}  // namespace lull
