#include "server/config/unsupported_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace lull {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kWhy = "is not supported by this version of lull-server; leave it out";

// By full name. An entry goes when the server does what the field says.
constexpr absl::string_view kUnsupported[] = {
    "lull.v1.AccountConfig.tariffs",
    "lull.v1.AccountConfig.tokens",
    "lull.v1.AuthConfig.tokens",
    "lull.v1.ClassConfig.cache",
    "lull.v1.ClassConfig.fallback",
    "lull.v1.Limits.hard",
    "lull.v1.Limits.money_per_day",
    "lull.v1.Limits.tokens",
    "lull.v1.QuietHours.hours",
    "lull.v1.QuietHours.off_peak",
    "lull.v1.ServerConfig.response_cache",
    "lull.v1.ServerConfig.tenants",
    "lull.v1.ServerConfig.tls",
    "lull.v1.UpstreamConfig.worker_tags",
};

bool IsUnsupported(const FieldDescriptor& field) {
  return std::find(std::begin(kUnsupported), std::end(kUnsupported), field.full_name()) !=
         std::end(kUnsupported);
}

void Walk(const std::string& path, const Message& message, ConfigCheck* check) {
  std::vector<const FieldDescriptor*> fields;
  const auto& reflection = *message.GetReflection();
  reflection.ListFields(message, &fields);  // Only those that are set.
  for (const FieldDescriptor* field : fields) {
    const std::string field_path = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (IsUnsupported(*field)) {
      check->Wrong(field_path, kWhy);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) {
      continue;
    } else if (!field->is_repeated()) {
      Walk(field_path, reflection.GetMessage(message, field), check);
    } else {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        Walk(absl::StrCat(field_path, "[", i, "]"),
             reflection.GetRepeatedMessage(message, field, i), check);
      }
    }
  }
}

}  // namespace

void RefuseUnsupportedFields(const v1::ServerConfig& config, ConfigCheck* check) {
  Walk("", config, check);
  for (int i = 0; i < config.upstreams_size(); ++i) {
    if (config.upstreams(i).kind() <= v1::UPSTREAM_KIND_PRIMARY) continue;
    check->Wrong(absl::StrCat("upstreams[", i, "].kind"),
                 "fallback and local are not supported by this version of lull-server; primary is");
  }
}

}  // namespace lull
