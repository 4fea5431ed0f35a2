// Who asks. An argument of every command, also while there is only the default tenant.
#ifndef LULL_SERVER_ENGINE_CALLER_H_
#define LULL_SERVER_ENGINE_CALLER_H_

#include <string>

namespace lull {

struct Roles {
  bool client = false;
  bool worker = false;
  bool operator_ = false;
};

struct Caller {
  std::string tenant;
  Roles roles;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_CALLER_H_
