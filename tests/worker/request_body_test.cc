#include "worker/request_body.h"

#include <string>

#include "gtest/gtest.h"

namespace lull {
namespace {

struct Row {
  const char* what;
  std::string body;
  RequestBodyEdits edits;
  std::string edited;
};

TEST(RequestBodyTest, Table) {
  const RequestBodyEdits model = {"m-2"};
  const RequestBodyEdits plain = {"", RequestBodyEdits::Answer::kPlain};
  const RequestBodyEdits streamed = {"", RequestBodyEdits::Answer::kStreamed};
  const Row rows[] = {
      {"nothing to do", R"({"model":"a"})", {}, R"({"model":"a"})"},
      {"the model", R"({"model":"a","n":1})", model, R"({"model":"m-2","n":1})"},
      {"every other byte stays", "{ \"z\" : 1.50 ,\t\"model\" : \"a\"  ,\n\"é\":[ 1 , 2 ] }\n",
       model, "{ \"z\" : 1.50 ,\t\"model\" : \"m-2\"  ,\n\"é\":[ 1 , 2 ] }\n"},
      {"only at the top", R"({"messages":[{"model":"x"}],"model":"a","meta":{"model":"y"}})", model,
       R"({"messages":[{"model":"x"}],"model":"m-2","meta":{"model":"y"}})"},
      {"every one of duplicates", R"({"model":"a","model":"b"})", model,
       R"({"model":"m-2","model":"m-2"})"},
      {"a key in escapes", R"({"mod\u0065l":"a"})", model, R"({"mod\u0065l":"m-2"})"},
      {"a value that is no string", R"({"model": {"a":[1,"}"]} ,"n":1})", model,
       R"({"model": "m-2" ,"n":1})"},
      {"a missing model is added", R"( {"n":1})", model, R"( {"model":"m-2","n":1})"},
      {"also to nothing", "{}", model, R"({"model":"m-2"})"},
      {"braces and quotes in strings", R"({"a":"}\"model\":{","model":"a"})", model,
       R"({"a":"}\"model\":{","model":"m-2"})"},
      {"the new name is escaped", R"({"model":"a"})", {"q\"\\\n"}, R"({"model":"q\"\\\n"})"},
      {"a plain answer", R"({"stream":true,"stream_options":{"include_usage":true},"n":1})", plain,
       R"({"stream":false,"stream_options":null,"n":1})"},
      {"nothing is added for a plain answer", R"({"n":1})", plain, R"({"n":1})"},
      {"a streamed answer", R"({"stream": false ,"n":1,"stream_options":{"x":[1]}})", streamed,
       R"({"stream": true ,"n":1,"stream_options":{"include_usage":true}})"},
      {"all is added for a streamed answer", R"({"n":1})", streamed,
       R"({"stream":true,"stream_options":{"include_usage":true},"n":1})"},
      {"also to nothing, with a model",
       "{}",
       {"b", RequestBodyEdits::Answer::kStreamed},
       R"({"model":"b","stream":true,"stream_options":{"include_usage":true}})"},
      {"only what is missing", R"({"stream":true})", streamed,
       R"({"stream_options":{"include_usage":true},"stream":true})"},
      {"both",
       R"({"stream": true, "model":"a"})",
       {"b", RequestBodyEdits::Answer::kPlain},
       R"({"stream": false, "model":"b"})"},
  };
  for (const Row& row : rows) {
    const absl::StatusOr<std::string> edited = EditRequestBody(row.body, row.edits);
    ASSERT_TRUE(edited.ok()) << row.what << ": " << edited.status();
    EXPECT_EQ(*edited, row.edited) << row.what;
  }
}

TEST(RequestBodyTest, WhatIsNoObjectIsRefused) {
  for (const char* body : {"", "  ", "[]", "\"model\"", "1", "nul", "{", R"({"model")",
                           R"({"model":)", R"({"model":"a)", "{\"model\":\"\xff\"", "}{"}) {
    const absl::StatusOr<std::string> edited = EditRequestBody(body, {"m"});
    EXPECT_EQ(edited.status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST(RequestBodyTest, DeepNestingIsNoMatter) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const absl::StatusOr<std::string> edited =
      EditRequestBody("{\"a\":" + deep + ",\"model\":\"a\"}", {"m"});
  if (edited.ok()) {
    EXPECT_EQ(*edited, "{\"a\":" + deep + ",\"model\":\"m\"}");
  } else {
    EXPECT_EQ(edited.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace lull
