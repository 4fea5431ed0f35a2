// The values of the API's enums as people write them.
#ifndef LULL_TOOLS_LULL_NAMES_H_
#define LULL_TOOLS_LULL_NAMES_H_

#include <google/protobuf/generated_enum_reflection.h>

#include <string>
#include <vector>

namespace lull {

// The value's name without the prefix of its type, "PENDING"; the number of one that is not known.
std::string EnumName(const google::protobuf::EnumDescriptor& type, int value);

// Every value's name but that of 0, in lower case, in the order of the API.
std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor& type);

template <typename Enum>
std::string NameOf(Enum value) {
  return EnumName(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

template <typename Enum>
std::vector<std::string> WordsOf() {
  return EnumWords(*google::protobuf::GetEnumDescriptor<Enum>());
}

}  // namespace lull

#endif  // LULL_TOOLS_LULL_NAMES_H_
