#ifndef LULL_BASE_YAML_YAML_OPTIONS_H_
#define LULL_BASE_YAML_YAML_OPTIONS_H_

#include <string>
#include <vector>

#include "base/yaml/environment.h"

namespace lull {

struct YamlOptions {
  // Full names of the string fields that hold secrets, e.g. "lull.v1.ServerConnection.token". In
  // the file they can only be "${NAME}", the environment variable that has the value; no other
  // field can be.
  std::vector<std::string> secret_fields;
  // Needed if there are secret fields.
  Environment environment;
};

}  // namespace lull

#endif  // LULL_BASE_YAML_YAML_OPTIONS_H_
