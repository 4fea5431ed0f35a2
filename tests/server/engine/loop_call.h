// A call of an engine's loop whose answer is waited for.
#ifndef LULL_TESTS_SERVER_ENGINE_LOOP_CALL_H_
#define LULL_TESTS_SERVER_ENGINE_LOOP_CALL_H_

#include <future>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine/engine_loop.h"

namespace lull {

template <typename Reply, typename Request>
std::future<absl::StatusOr<Reply>> PostTo(EngineLoop& loop, Request request) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<Reply>>>();
  std::future<absl::StatusOr<Reply>> future = promise->get_future();
  const absl::Status posted =
      loop.Post(Call<Request, Reply>{std::move(request), [promise](absl::StatusOr<Reply> reply) {
                                       promise->set_value(std::move(reply));
                                     }});
  if (!posted.ok()) promise->set_value(posted);
  return future;
}

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_LOOP_CALL_H_
