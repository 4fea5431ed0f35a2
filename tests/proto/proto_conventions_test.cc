// Reads the descriptors of the whole API, with the comments of the .proto files, and checks what
// the compiler does not.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/role.pb.h"

namespace lull {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using ::testing::IsEmpty;

class ProtoConventions : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* target : {"role", "policy", "job", "config"}) {
      Load(absl::StrCat("proto/", target, "_proto_protos.descriptor.pb"));
    }
    Load("proto/services_protos.descriptor.pb");
    ASSERT_GE(files_.size(), 11u);
  }

  std::vector<const FileDescriptor*> files_;

 private:
  void Load(const std::string& path) {
    FileDescriptorSet set;
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(set.ParseFromIstream(&file)) << path;
    for (const FileDescriptorProto& proto : set.file()) {
      // Imported files come with every target that imports them.
      if (pool_.FindFileByName(proto.name()) != nullptr) continue;
      const FileDescriptor* built = pool_.BuildFile(proto);
      ASSERT_NE(built, nullptr) << proto.name();
      if (absl::StartsWith(built->name(), "proto/")) files_.push_back(built);
    }
  }

  DescriptorPool pool_;
};

void AddMessage(const Descriptor& type, std::vector<const Descriptor*>* messages,
                std::vector<const EnumDescriptor*>* enums) {
  if (type.options().map_entry()) return;
  messages->push_back(&type);
  for (int i = 0; i < type.enum_type_count(); ++i) enums->push_back(type.enum_type(i));
  for (int i = 0; i < type.nested_type_count(); ++i) {
    AddMessage(*type.nested_type(i), messages, enums);
  }
}

struct Things {
  std::vector<const Descriptor*> messages;
  std::vector<const EnumDescriptor*> enums;
  std::vector<const MethodDescriptor*> methods;
  std::vector<const ServiceDescriptor*> services;
};

Things ThingsOf(const std::vector<const FileDescriptor*>& files) {
  Things things;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      AddMessage(*file->message_type(i), &things.messages, &things.enums);
    }
    for (int i = 0; i < file->enum_type_count(); ++i) things.enums.push_back(file->enum_type(i));
    for (int i = 0; i < file->service_count(); ++i) {
      things.services.push_back(file->service(i));
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        things.methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return things;
}

// There is a comment in front of it.
template <typename T>
bool IsExplained(const T& thing) {
  google::protobuf::SourceLocation location;
  return thing.GetSourceLocation(&location) &&
         !absl::StripAsciiWhitespace(location.leading_comments).empty();
}

std::string Prefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char letter : type.name()) {
    if (absl::ascii_isupper(letter) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(letter);
  }
  return prefix + "_";
}

TEST_F(ProtoConventions, EverythingIsExplained) {
  const Things things = ThingsOf(files_);
  std::vector<std::string> bare;
  for (const Descriptor* message : things.messages) {
    if (!IsExplained(*message)) bare.push_back(message->full_name());
    for (int i = 0; i < message->field_count(); ++i) {
      if (!IsExplained(*message->field(i))) bare.push_back(message->field(i)->full_name());
    }
  }
  for (const EnumDescriptor* type : things.enums) {
    if (!IsExplained(*type)) bare.push_back(type->full_name());
    for (int i = 0; i < type->value_count(); ++i) {
      if (!IsExplained(*type->value(i))) bare.push_back(type->value(i)->full_name());
    }
  }
  for (const ServiceDescriptor* service : things.services) {
    if (!IsExplained(*service)) bare.push_back(service->full_name());
  }
  for (const MethodDescriptor* method : things.methods) {
    if (!IsExplained(*method)) bare.push_back(method->full_name());
  }
  EXPECT_THAT(bare, IsEmpty());
  EXPECT_GT(things.messages.size(), 80u);
  EXPECT_GT(things.methods.size(), 30u);
}

TEST_F(ProtoConventions, EnumsBeginWithUnspecifiedAndCarryTheirTypesName) {
  std::vector<std::string> wrong;
  for (const EnumDescriptor* type : ThingsOf(files_).enums) {
    const std::string prefix = Prefix(*type);
    if (type->value(0)->name() != prefix + "UNSPECIFIED" || type->value(0)->number() != 0) {
      wrong.push_back(type->full_name());
    }
    for (int i = 0; i < type->value_count(); ++i) {
      const std::string& name = type->value(i)->name();
      if (!absl::StartsWith(name, prefix)) wrong.push_back(type->value(i)->full_name());
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST_F(ProtoConventions, EveryMethodStatesTheRoleItNeeds) {
  std::vector<std::string> without;
  std::set<v1::Role> roles;
  for (const MethodDescriptor* method : ThingsOf(files_).methods) {
    // The options of this pool hold the extension as an unknown field: parsed again they are typed.
    google::protobuf::MethodOptions options;
    ASSERT_TRUE(options.ParseFromString(method->options().SerializeAsString()));
    const v1::Role role = options.GetExtension(v1::required_role);
    if (role == v1::ROLE_UNSPECIFIED) without.push_back(method->full_name());
    roles.insert(role);
  }
  EXPECT_THAT(without, IsEmpty());
  EXPECT_EQ(roles.size(), 3u);
}

TEST_F(ProtoConventions, NoNameIsAKeywordOfTheClientsLanguages) {
  const std::set<std::string> keywords = {"class",  "from",   "import", "in",     "is",  "lambda",
                                          "None",   "global", "return", "public", "new", "default",
                                          "delete", "async",  "await",  "package"};
  std::vector<std::string> wrong;
  for (const Descriptor* message : ThingsOf(files_).messages) {
    // Nobody writes a program against the configuration files' messages.
    if (absl::EndsWith(message->file()->name(), "_config.proto")) continue;
    for (int i = 0; i < message->field_count(); ++i) {
      if (keywords.contains(message->field(i)->name())) {
        wrong.push_back(message->field(i)->full_name());
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

}  // namespace
}  // namespace lull
