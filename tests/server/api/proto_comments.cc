#include "tests/server/api/proto_comments.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"

namespace lull {

ProtoComments::ProtoComments(const std::string& descriptor_file) {
  std::ifstream file(descriptor_file, std::ios::binary);
  google::protobuf::FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromIstream(&file)) << descriptor_file;
  constexpr int kMessages = google::protobuf::FileDescriptorProto::kMessageTypeFieldNumber;
  constexpr int kFields = google::protobuf::DescriptorProto::kFieldFieldNumber;
  for (const google::protobuf::FileDescriptorProto& proto : set.file()) {
    for (const auto& location : proto.source_code_info().location()) {
      if (location.path_size() != 4 || location.path(0) != kMessages ||
          location.path(2) != kFields) {
        continue;
      }
      const auto& message = proto.message_type(location.path(1));
      const std::string name = absl::StrCat(proto.package(), ".", message.name(), ".",
                                            message.field(location.path(3)).name());
      comments_[name] = std::string(absl::StripPrefix(location.leading_comments(), " "));
    }
  }
}

std::string ProtoComments::Of(const std::string& message, const std::string& field) const {
  const auto it = comments_.find(absl::StrCat(message, ".", field));
  return it == comments_.end() ? "" : it->second;
}

}  // namespace lull
