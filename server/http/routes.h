// The HTTP port: which path is answered by what.
#ifndef LULL_SERVER_HTTP_ROUTES_H_
#define LULL_SERVER_HTTP_ROUTES_H_

#include <functional>

#include "base/http/http_router.h"
#include "server/http/metrics_page.h"

namespace lull {

// `healthy`: whether the server takes jobs; called from any thread. `metrics` is not owned and
// outlives the router.
void AddRoutes(MetricsPage* metrics, std::function<bool()> healthy, HttpRouter* router);

}  // namespace lull

#endif  // LULL_SERVER_HTTP_ROUTES_H_
