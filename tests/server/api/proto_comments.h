// The comments of the .proto files, which the compiled descriptors do not have.
#ifndef LULL_TESTS_SERVER_API_PROTO_COMMENTS_H_
#define LULL_TESTS_SERVER_API_PROTO_COMMENTS_H_

#include <map>
#include <string>

namespace lull {

class ProtoComments {
 public:
  // `descriptor_file` is in the test's data, relative to the workspace.
  explicit ProtoComments(const std::string& descriptor_file);

  // Of a field of a top-level message, without the space it begins with; "" if there is none.
  std::string Of(const std::string& message, const std::string& field) const;

 private:
  std::map<std::string, std::string> comments_;  // by "message.field"
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_API_PROTO_COMMENTS_H_
