// Where the programs are that `lull up` starts.
#ifndef LULL_TOOLS_LULL_UP_BINARY_PATH_H_
#define LULL_TOOLS_LULL_UP_BINARY_PATH_H_

#include <string>

#include "absl/status/statusor.h"

namespace lull {

// The folder that holds the running program; empty if the system does not say.
std::string OwnFolder();

// The path of the program `name` ("lull-server"): `given`, if that is not empty; otherwise beside
// the running program in `own_folder`; then where a build puts it, in `build_folder` ("server")
// beside the folders of the tools; then in PATH. NOT_FOUND names all places that were tried.
absl::StatusOr<std::string> FindBinary(const std::string& name, const std::string& given,
                                       const std::string& own_folder,
                                       const std::string& build_folder);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UP_BINARY_PATH_H_
