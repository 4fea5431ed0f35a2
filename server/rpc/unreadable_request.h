// What a client is told whose request is no message of its type.
//
// gRPC reads requests before any code of the server's sees them, and answers what it cannot read,
// text that is not UTF-8 included, as if there were no such RPC and without a word. Its
// interceptors see that answer on its way out, and this one replaces it.
#ifndef LULL_SERVER_RPC_UNREADABLE_REQUEST_H_
#define LULL_SERVER_RPC_UNREADABLE_REQUEST_H_

#include <memory>

#include "grpcpp/support/server_interceptor.h"

namespace lull {

// Makes an interceptor for each call; used on gRPC's threads.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
NewUnreadableRequestInterceptors();

}  // namespace lull

#endif  // LULL_SERVER_RPC_UNREADABLE_REQUEST_H_
