// One call on its way through the provider, from its arrival to its end.
#ifndef LULL_TOOLS_BUSY_API_VISIT_H_
#define LULL_TOOLS_BUSY_API_VISIT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/http/http_responder.h"
#include "tools/busy_api/account.h"
#include "tools/busy_api/behaviour.h"
#include "tools/busy_api/call.h"
#include "tools/busy_api/service.h"

namespace lull {

struct Visit {
  explicit Visit(HttpResponder to) : responder(std::move(to)) {}

  Call call;
  std::string key;  // the Authorization header
  Account* account = nullptr;
  absl::Duration begin;      // steady
  absl::Time virtual_begin;  // on the accelerated clock
  // Repeatable chance: differs by the call's content and by how often that content was seen.
  uint64_t dice = 0;
  HttpResponder responder;

  Behaviour behaviour;
  Service service;
  bool waited = false;        // in line, so the head is sent
  bool holds_slot = false;    // of the capacity and of the account
  bool ended = false;         // in the ledger
  absl::Duration busy_until;  // steady: when the work is done, whoever still listens
};

using VisitPtr = std::shared_ptr<Visit>;

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_VISIT_H_
