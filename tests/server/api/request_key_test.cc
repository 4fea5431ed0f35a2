#include "server/api/request_key.h"

#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/api/canonical_hash.h"
#include "server/api/job_input.h"
#include "tests/server/api/proto_comments.h"

namespace lull {
namespace {

v1::Job FullJob() {
  v1::Job job;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        class_name: "batch"
        priority: 3
        labels { key: "team" value: "a" }
        labels { key: "app" value: "b" }
        request { method: "POST" path: "/v1/chat/completions" body: "{\"model\":\"m\"}" }
        deadline { seconds: 1800000000 }
        max_attempts: 5
        required_tags: "region=eu"
      )pb",
      &job));
  return job;
}

// Worked out by another program. They stand in files: a change of them lets repeated submits
// through twice after an upgrade.
TEST(RequestKey, HashesNeverChange) {
  EXPECT_EQ(Hash64({"a", "b"}), 4367745140043581558u);
  const auto key = RequestKeyOf("default", "request-1");
  EXPECT_EQ(key[0], 623490565499684669u);
  EXPECT_EQ(key[1], 6795650865635329587u);
  EXPECT_EQ(ContentHashOf(FullJob()), 10056653512214898161u);
}

TEST(RequestKey, PartsDoNotRunIntoEachOther) {
  EXPECT_NE(Hash64({"ab", "c"}), Hash64({"a", "bc"}));
  EXPECT_NE(RequestKeyOf("a", "bc"), RequestKeyOf("ab", "c"));
}

TEST(RequestKey, IsScopedToTheTenant) {
  EXPECT_NE(RequestKeyOf("a", "same"), RequestKeyOf("b", "same"));
  EXPECT_EQ(RequestKeyOf("a", "same"), RequestKeyOf("a", "same"));
}

TEST(RequestKey, TheOrderOfLabelsIsNoContent) {
  v1::Job one = FullJob();
  v1::Job other = FullJob();
  other.clear_labels();
  (*other.mutable_labels())["app"] = "b";
  (*other.mutable_labels())["team"] = "a";
  EXPECT_EQ(ContentHashOf(one), ContentHashOf(other));
}

// Sets one field of a message to something that is not its default.
void SetSomething(const google::protobuf::FieldDescriptor& field, v1::Job* job) {
  const google::protobuf::Reflection& reflection = *job->GetReflection();
  using Field = google::protobuf::FieldDescriptor;
  if (field.is_map()) {
    if (field.name() == "labels") (*job->mutable_labels())["k"] = "v";
    if (field.name() == "create_labels") (*job->mutable_create_labels())["k"] = "v";
  } else if (field.is_repeated()) {
    if (field.cpp_type() == Field::CPPTYPE_STRING) {
      reflection.AddString(job, &field, "x");
    } else {
      reflection.AddMessage(job, &field);
    }
  } else if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
    reflection.MutableMessage(job, &field);
  } else if (field.cpp_type() == Field::CPPTYPE_STRING) {
    reflection.SetString(job, &field, "x");
  } else if (field.cpp_type() == Field::CPPTYPE_ENUM) {
    reflection.SetEnumValue(job, &field, 2);
  } else if (field.cpp_type() == Field::CPPTYPE_INT32) {
    reflection.SetInt32(job, &field, 2);
  } else {
    ASSERT_EQ(field.cpp_type(), Field::CPPTYPE_INT64) << field.name();
    reflection.SetInt64(job, &field, 2);
  }
}

// The API's comments say which fields are output only; the code has to agree, field by field.
TEST(JobInput, TakesExactlyTheFieldsThatAreNotOutputOnly) {
  const ProtoComments comments("proto/job_proto_protos.descriptor.pb");
  const google::protobuf::Descriptor& type = *v1::Job::descriptor();
  int output_only = 0;
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    const std::string comment = comments.Of("lull.v1.Job", field.name());
    ASSERT_FALSE(comment.empty()) << field.name();
    const bool is_output = comment.rfind("Output only.", 0) == 0;
    output_only += is_output;
    v1::Job job;
    SetSomething(field, &job);
    ASSERT_NE(job.ByteSizeLong(), 0u) << field.name();
    EXPECT_EQ(InputWithoutBody(job).ByteSizeLong() == 0, is_output) << field.name();
    EXPECT_EQ(ContentHashOf(job) == ContentHashOf(v1::Job()), is_output) << field.name();
  }
  EXPECT_GT(output_only, 20);
  EXPECT_LT(output_only, type.field_count());
}

TEST(JobInput, TheBodyIsContentButNotInTheInput) {
  v1::Job job = FullJob();
  EXPECT_EQ(InputWithoutBody(job).request().body(), "");
  EXPECT_EQ(InputWithoutBody(job).request().path(), "/v1/chat/completions");
  const uint64_t before = ContentHashOf(job);
  job.mutable_request()->set_body("{}");
  EXPECT_NE(ContentHashOf(job), before);
}

}  // namespace
}  // namespace lull
