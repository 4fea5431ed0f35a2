// The routes below /busy/ by which tests and people watch and steer a running busy_api.
#ifndef LULL_TOOLS_BUSY_API_ADMIN_H_
#define LULL_TOOLS_BUSY_API_ADMIN_H_

#include <functional>

#include "base/http/http_router.h"
#include "tools/busy_api/ledger.h"
#include "tools/busy_api/provider.h"

namespace lull {

// `provider` and `ledger` outlive the router; `shutdown` is called on the server's thread and must
// not block.
void AddAdminRoutes(Provider& provider, const Ledger& ledger, std::function<void()> shutdown,
                    HttpRouter* router);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ADMIN_H_
