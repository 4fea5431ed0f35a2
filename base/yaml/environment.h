// The variables of the process's environment, behind a function so that tests give their own.
#ifndef LULL_BASE_YAML_ENVIRONMENT_H_
#define LULL_BASE_YAML_ENVIRONMENT_H_

#include <functional>
#include <optional>
#include <string>

namespace lull {

// The value of the variable, or nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The real one. Not to be called while another thread changes the environment.
Environment ProcessEnvironment();

}  // namespace lull

#endif  // LULL_BASE_YAML_ENVIRONMENT_H_
