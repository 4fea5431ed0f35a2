// Tells others that the server is up and where, by a file that appears whole: written beside its
// place and renamed into it.
#ifndef LULL_SERVER_READY_FILE_H_
#define LULL_SERVER_READY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

// {"grpc":"127.0.0.1:7411","http":"127.0.0.1:7412","pid":123}; "http" is "" if there is no such
// port. UNAVAILABLE: it cannot be written; the message names the file and the system's error.
absl::Status WriteReadyFile(const std::string& path, absl::string_view grpc_address,
                            absl::string_view http_address);

}  // namespace lull

#endif  // LULL_SERVER_READY_FILE_H_
